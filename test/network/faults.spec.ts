// Goal: a network that loses, repeats and reorders what workers and gateway say to each other changes nothing of what
// comes out; a worker that was thought dead harms nobody when it wakes. Real services; an orphan term is 7.5 s.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ReportAnswer, TerminalBatch } from '#contracts';
import {
  executionFaults,
  executionsOf,
  Random,
  recordedWork,
  TestStack,
  TrialNetwork,
  until,
  workRecord,
  type Passed,
  type WorkerCall,
} from '#test-kit';

const keep = ['--keep-folders', 'all'];
let stack: TestStack;
let network: TrialNetwork;

beforeAll(async () => {
  stack = await TestStack.start({ brokers: 2, environment: { SLUICE_CLOCK_SCALE: '120' } });
}, 60_000);
afterEach(async () => {
  await stack.stopWorkers();
  await network?.stop();
}, 30_000);
afterAll(() => stack.stop(), 60_000);

const sessionsOf = (worker: string): Promise<{ state: string }[]> =>
  stack.rows('select state from session where worker = $1 order by id', [worker]);

test(
  'the answer of every call is lost, of some again and again: each has one effect',
  () =>
    stack.explained(async () => {
      network = await TrialNetwork.start(stack.urls[0] ?? '');
      network.faultOf = (_, no) => (no <= 2 || no % 3 === 0 ? 'lose-answer' : null);
      const id = await stack.submit('lost-answers', { jobs: 30, template: recordedWork(0.1) });
      await stack.startWorker('hard-of-hearing', [...keep, '--url', network.url]);
      expect(await stack.end(id, 60_000)).toEqual({
        ...{ state: 'done', jobs: 30, finished: 30, failed: 0, notOnce: 0, others: {}, open: 0, deadLetters: 0 },
      });
      const ends = ['lose-request', 'lose-answer'] as const;
      network.faultOf = (call, no) => (call === 'sessions/end' ? (ends[no - 1] ?? null) : null);
      await stack.stopWorkers();
      const record = workRecord(stack.folder.path, ['hard-of-hearing']);
      expect(executionFaults(record)).toEqual([]);
      expect(executionsOf(record)).toHaveLength(30);
      expect(await sessionsOf('hard-of-hearing')).toEqual([{ state: 'ended' }]);
      const calls: WorkerCall[] = ['sessions', 'lease', 'heartbeat', 'report', 'sessions/end'];
      for (const call of calls) expect(network.calls.get(call)).toBeGreaterThan(2);
    }),
  120_000,
);

test(
  'requests that arrive twice, late and out of order have one effect; reports sent again later change nothing and are counted',
  () =>
    stack.explained(async () => {
      const random = new Random(20);
      network = await TrialNetwork.start(stack.urls[0] ?? '');
      network.faultOf = () => random.pick(['repeat', 'lose-request', 'lose-answer', random.below(400), null, null]);
      const id = await stack.submit('repeated', { jobs: 40, template: recordedWork(0.05) });
      await stack.startWorker('stammerer', [...keep, '--url', network.url]);
      const books = await stack.end(id, 90_000);
      expect(books).toMatchObject({ state: 'done', finished: 40, notOnce: 0, others: {}, open: 0, deadLetters: 0 });
      const record = workRecord(stack.folder.path, ['stammerer']);
      expect([executionFaults(record), executionsOf(record).length]).toEqual([[], 40]);
      network.faultOf = () => null;
      await stack.stopWorkers();
      for (const report of random.shuffled(network.reports).slice(0, 10)) await saidAgain(report);
      expect(await stack.books(id)).toEqual(books);
    }),
  150_000,
);

/** A report comes again under its own id; then its events do under others, as they were and otherwise. */
async function saidAgain(report: Passed): Promise<void> {
  const batch = JSON.parse(report.body.toString()) as TerminalBatch;
  const all = batch.events.map((_, index) => index);
  expect(await verdictsOn(report, batch)).toMatchObject({ batchId: batch.batchId, events: all.length });
  const again = { ...batch, batchId: randomUUID(), events: [...batch.events].reverse() };
  expect(await verdictsOn(report, again)).toMatchObject({ duplicate: all, stale: [] });
  const events = batch.events.map((event) => ({ ...event, outcome: 'failed' as const, reason: 'error' as const }));
  const otherwise = { ...batch, batchId: randomUUID(), events };
  expect(await verdictsOn(report, otherwise)).toMatchObject({ duplicate: all, stale: [] });
}

/** Reports until the verdicts are there. */
async function verdictsOn(report: Passed, batch: TerminalBatch): Promise<ReportAnswer['verdicts']> {
  const body = Buffer.from(JSON.stringify(batch));
  const passed = { ...report, body, headers: { ...report.headers, 'content-length': String(body.length) } };
  let verdicts: ReportAnswer['verdicts'] = null;
  await until('verdicts', 20_000, async () => {
    verdicts = (JSON.parse((await network.replay(passed)).body) as ReportAnswer).verdicts;
    return verdicts !== null;
  });
  return verdicts;
}

test(
  'Z1: a worker that sleeps past both terms wakes to stale reports, and nothing of what was granted anew is touched',
  () =>
    stack.explained(async () => {
      network = await TrialNetwork.start(stack.urls[0] ?? '');
      const id = await stack.submit('zombie', { jobs: 2, template: recordedWork(1) });
      const zombie = await stack.startWorker('zombie', [...keep, '--url', network.url]);
      await until('both run', 20_000, () => workRecord(stack.folder.path, ['zombie']).length === 2);
      process.kill(zombie.pid, 'SIGSTOP');
      const heir = await stack.startWorker('heir', keep);
      await until('both are granted anew', 40_000, async () => (await attemptsOf(id)) === 4);
      process.kill(zombie.pid, 'SIGCONT');
      expect(await stack.end(id, 30_000)).toMatchObject({
        ...{ state: 'done', finished: 2, notOnce: 0, others: { 6: 2 }, open: 0, deadLetters: 0 },
      });
      await until('the zombie heard that it came too late', 30_000, () => zombie.log.includes('"stale":'));
      expect(heir.log).not.toContain('attempts.killed');
      const record = workRecord(stack.folder.path, ['zombie', 'heir']);
      expect(executionFaults(record)).toEqual([]);
      const ran = executionsOf(record).map(({ worker, attempt, endMs }) => [worker, attempt, endMs !== null]);
      expect(ran).toEqual([...[1, 2].map(() => ['zombie', 1, true]), ...[1, 2].map(() => ['heir', 2, true])]);
      const more = await stack.submit('zombie-works-on', { jobs: 8, template: recordedWork(0) });
      expect(await stack.end(more, 30_000)).toMatchObject({ state: 'done', finished: 8, others: {} });
    }),
  150_000,
);

/** Attempts of all its jobs: those that ended and those that are held. */
async function attemptsOf(id: string): Promise<number> {
  const [row] = await stack.rows<{ attempts: number }>(
    'select sum(j.attempt)::int as attempts from job_state j join workflow w on w.id = j.workflow_id where w.public_id = $1',
    [id],
  );
  return row?.attempts ?? 0;
}
