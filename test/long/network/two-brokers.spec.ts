// Goal: two brokers that are killed in turn, workers that sleep past both terms, and a cap that all of them grant under:
// every job counts once, the cap holds at every instant, and what is said afterwards is what happened. Real processes;
// `npm run test:network` runs five times as much.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WhyView } from '#contracts';
import {
  executionFaults,
  executionsOf,
  recordedWork,
  runSluice,
  TestStack,
  until,
  workRecord,
  type RunningService,
} from '#test-kit';

const times = process.env['NETWORK_HOURS'] === '1' ? 5 : 1;
const jobs = { free: 120 * times, capped: 30 * times, late: 2 };
const capJobs = 3;
const keep = ['--keep-folders', 'all'];
let stack: TestStack;
/** Nothing is to be sampled any more. */
let isOver = false;
let sampling: Promise<Snapshot[]> = Promise.resolve([]);

beforeAll(async () => {
  stack = await TestStack.start({ brokers: 2, monitors: 1 });
  // Short enough to wait for, long enough for a busy machine.
  await stack.rows('insert into site (name, suspect_sec, orphan_sec) values ($1, 3, 8)', ['near']);
}, 60_000);
afterAll(async () => {
  isOver = true;
  await sampling.catch(() => undefined);
  await stack?.stop();
}, 60_000);

/** As recordedWork, without a record: one record tells of one workflow. */
const plainWork = (sec: number, more: Record<string, unknown>): Record<string, unknown> => ({
  ...recordedWork(sec, more),
  command: { argv: ['sleep', String(sec)] },
});

interface Snapshot {
  leased: number;
  counted: number;
}

/** In one snapshot: jobs of a workflow that leases hold, and what is counted under the limit that all of them name. */
async function snapshotOf(id: string): Promise<Snapshot> {
  const [row] = await stack.rows<Snapshot>(
    `select
      (select count(*)::int from job_state j join workflow w on w.id = j.workflow_id
        where w.public_id = $1 and j.state = 2) as leased,
      (select (u.granted_jobs - (select sum(e.jobs) from limit_ended e where e.limit_id = u.id))::int
        from limit_use u where u.kind = 'named' and u.name = 'db') as counted`,
    [id],
  );
  if (!row) throw new Error('no row');
  return row;
}

/** Takes snapshots until all jobs of the workflow have finished. */
async function sampled(id: string): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  while (!isOver && (await stack.finished(id)) < jobs.capped) snapshots.push(await snapshotOf(id));
  return snapshots;
}

/** Attempts that a worker holds. */
async function heldBy(worker: string): Promise<number> {
  const [row] = await stack.rows<{ held: number }>(
    `select coalesce(sum(l.open), 0)::int as held from lease l join session s on s.id = l.session_id
      where s.worker = $1`,
    [worker],
  );
  return row?.held ?? 0;
}

/** Stops a worker while it holds jobs. @returns how many, when what was on its way has been settled */
async function putToSleep(worker: RunningService, name: string): Promise<number> {
  let held = 0;
  await until(`${name} sleeps with jobs in its hands`, 30_000, async () => {
    process.kill(worker.pid, 'SIGSTOP');
    await sleep(500);
    held = await heldBy(name);
    if (held === 0) process.kill(worker.pid, 'SIGCONT');
    return held > 0;
  });
  return held;
}

const whyOf = async (id: string, job: string): Promise<WhyView> =>
  WhyView.parse(JSON.parse((await runSluice(stack, ['why', id, job, '-o', 'json'])).stdout));

/** Ends that came too late, as the worker was told of them. */
const staleIn = (worker: RunningService): number =>
  [...worker.log.matchAll(/"batch\.not-all-applied".*"stale":(\d+)/g)].reduce(
    (sum, [, stale]) => sum + Number(stale),
    0,
  );

test(
  'brokers die in turn while workers sleep past both terms: all is done once, under the cap, and told as it was',
  () =>
    stack.explained(async () => {
      expect(await runSluice(stack, ['limit', 'set', 'db', '--jobs', String(capJobs)])).toMatchObject({ code: 0 });
      const anywhere = { placement: { tags: { late: '!yes' } } };
      const zombie = await stack.startWorker('zombie', [...keep, '--site', 'near']);
      const sleeper = await stack.startWorker('sleeper', [...keep, '--site', 'near', '--tags', 'late=yes']);
      const capped = await stack.submit('capped', {
        jobs: jobs.capped,
        template: plainWork(0.3, { ...anywhere, limits: ['db'] }),
      });
      const free = await stack.submit('free', { jobs: jobs.free, template: recordedWork(0.5, anywhere) });
      const late = await stack.submit('late', {
        jobs: jobs.late,
        template: plainWork(6, { placement: { tags: { late: 'yes' } }, retry: { backoffSec: 3_600 } }),
      });
      sampling = sampled(capped);
      await until('the late ones run', 30_000, async () => (await stack.leased(late)) === jobs.late);
      await until('some are done', 30_000, async () => (await stack.finished(free)) > 3);
      process.kill(sleeper.pid, 'SIGSTOP');
      expect(await heldBy('sleeper')).toBe(jobs.late);
      const held = await putToSleep(zombie, 'zombie');
      for (const name of ['left', 'right']) await stack.startWorker(name, [...keep, '--site', 'far', '--cores', '3']);
      for (let no = 0; no < times; no += 1) {
        for (const name of ['broker-1', 'broker-2']) {
          const before = await stack.finished(free);
          await stack.service(name).kill();
          await until(`it goes on without ${name}`, 60_000, async () => {
            const now = await stack.finished(free);
            return now > before + 5 || now >= jobs.free - held;
          });
        }
      }
      await until('the zombie is given up', 60_000, async () => (await heldBy('zombie')) === 0);
      await until('the sleeper is given up', 60_000, async () => (await heldBy('sleeper')) === 0);
      const books = { free: await stack.end(free, 120_000), capped: await stack.end(capped, 120_000) };
      process.kill(zombie.pid, 'SIGCONT');
      process.kill(sleeper.pid, 'SIGCONT');
      expect(await stack.end(late, 60_000)).toMatchObject({
        state: 'done',
        finished: jobs.late,
        notOnce: 0,
        others: {},
      });

      for (const [name, book] of Object.entries(books)) {
        expect([name, book]).toMatchObject([name, { state: 'done', failed: 0, notOnce: 0, open: 0, deadLetters: 0 }]);
      }
      const lost = [books.free, books.capped].map(({ others }) => others['6'] ?? 0);
      expect([lost[0] ?? 0, lost[1] ?? 0].reduce((sum, each) => sum + each)).toBe(held);
      const record = workRecord(stack.folder.path, ['zombie', 'left', 'right']);
      expect(executionFaults(record)).toEqual([]);
      const complete = new Set(executionsOf(record).flatMap((run) => (run.endMs === null ? [] : [run.ordinal])));
      expect(complete.size).toBe(jobs.free);

      const snapshots = await sampling;
      expect(snapshots.length).toBeGreaterThan(100);
      expect(Math.max(...snapshots.map(({ leased }) => leased))).toBe(capJobs);
      expect(snapshots.filter(({ leased, counted }) => leased !== counted)).toEqual([]);

      await toldAsItWas({ free, capped });
      await countedAsItWas(zombie);
    }),
  240_000 * times,
);

/** `why` of jobs that have ended: what the limit held back, and what had another try after a lost worker. */
async function toldAsItWas({ free, capped }: { free: string; capped: string }): Promise<void> {
  const waited = await whyOf(capped, String(jobs.capped - 1));
  expect(waited).toMatchObject({ state: 'finished' });
  expect(waited.waited[0]?.parts).toContainEqual(
    expect.objectContaining({
      cause: 'limit',
      subject: 'db',
      text: expect.stringContaining('limit db is at its cap: 3 of 3'),
    }),
  );
  const [again] = await stack.rows<{ id: string; ordinal: number }>(
    `select w.public_id as id, a.ordinal from attempt a join workflow w on w.id = a.workflow_id
      where w.public_id = any ($1) and a.reason = 6 limit 1`,
    [[free, capped]],
  );
  const twice = await whyOf(again?.id ?? '', String(again?.ordinal));
  expect(twice.lines[0]).toMatch(/^finished at attempt 2 at far, (left|right)$/);
}

/** What the zombie did too late is stale, what the sleeper did is late: worker and transformer count alike. */
async function countedAsItWas(zombie: RunningService): Promise<void> {
  await stack.stopWorkers();
  const transformer = stack.service('transformer-1');
  await transformer.stop();
  const told = transformer.log.split('\n').filter((line) => line.includes('not all reports were plain'));
  const { sinceStart } = JSON.parse(told.at(-1) ?? '{}') as { sinceStart?: { late: number; stale: number } };
  expect(sinceStart).toMatchObject({ late: jobs.late, stale: staleIn(zombie) });
}
