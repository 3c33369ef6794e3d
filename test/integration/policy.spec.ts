// Goal: a workflow never has more jobs with workers than its policy allows, and ends in the time that it gives; both are told.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { PostgresKeepStore, PostgresLeaseStore, PostgresReadStore } from '#adapter-postgres';
import { LeaseAnswer } from '#contracts';
import { endOverdue, LeaseDesk, pruneRows, showWorkflow, type GrantedJob } from '#engine';
import { EngineRig, Random, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres, { verifyMode: true });
});
afterEach(() => rig.close());

const jobs = (count: number) => Array.from({ length: count }, () => ({}));
const free = { cores: 64, memoryMib: 655_360, walltimeLeftSec: null };
const all = Array.from({ length: 16 }, (_, partition) => partition);

function deskOf(): LeaseDesk {
  const store = new PostgresLeaseStore(rig.database);
  return new LeaseDesk({ store, newToken: () => randomUUID().replaceAll('-', ''), nowMs: () => Date.now() });
}

/** What a worker with room for everything gets. */
async function ask(desk: LeaseDesk, session: string, max = 100): Promise<GrantedJob[]> {
  desk.wait('gateway', [{ session, requestId: randomUUID(), again: false, idle: false, free, max }]);
  await desk.sweep();
  const granted: GrantedJob[] = [];
  for (let more = true; more;) {
    const round = await desk.serve();
    more = round.more;
    for (const { body } of round.answers) {
      const { lease, tasks, jobs: given } = LeaseAnswer.parse(JSON.parse(body));
      for (const { task, ordinal, attempt, name } of given)
        granted.push({
          ...{
            worker: 0,
            leaseId: lease?.id ?? '',
            token: lease?.token ?? '',
            task,
            ordinal,
            attempt,
            name,
            spec: null,
          },
          ...{ classId: 0, workflowNo: tasks[task]?.workflowNo ?? '' },
        });
    }
  }
  return granted;
}

const large = { cores: 64, memoryMib: 655_360 };
const leasedOf = async (workflowNo: string): Promise<number> => {
  const [row] = await rig.query('select count(*)::int from job_state where workflow_id = $1 and state = 2', [
    workflowNo,
  ]);
  return Number(row?.[0]);
};
const idOf = async (workflowNo: string): Promise<string> =>
  String((await rig.query('select public_id from workflow where id = $1', [workflowNo]))[0]?.[0]);
const show = async (workflowNo: string) =>
  showWorkflow(
    { store: new PostgresReadStore(rig.database), rateOf: () => null },
    { id: await idOf(workflowNo), visible: null },
  );
const ports = () => ({ transitions: rig.transitions, hints: rig.hints });
const over = (workflowNo: string) =>
  rig.query("update workflow set deadline_at = now() - interval '1 second' where id = $1", [workflowNo]);

test('a parallelism of three is three jobs at once, whoever asks; the next place is one more; others do not feel it', async () => {
  const narrow = await rig.submit({ jobs: jobs(10), parallelism: 3 });
  const wide = await rig.submit({ jobs: jobs(5) });
  const [one, two] = [await rig.register(large), await rig.register(large)];
  const [here, there] = [deskOf(), deskOf()];
  const got = [...(await ask(here, one)), ...(await ask(there, two))];
  expect(got.filter(({ workflowNo }) => workflowNo === wide)).toHaveLength(5);
  expect(got.filter(({ workflowNo }) => workflowNo === narrow)).toHaveLength(3);
  expect(await ask(here, one)).toEqual([]);
  const [first] = got.filter(({ workflowNo }) => workflowNo === narrow);
  if (first) await rig.end(one, [first]);
  expect(await ask(there, two)).toHaveLength(1);
  expect(await leasedOf(narrow)).toBe(3);
  expect(await rig.faults()).toEqual([]);
});

test('random workers, brokers and ends never pass it, and all of it is done in the end', async () => {
  const random = new Random(Number(process.env['POLICY_SEED'] ?? 7_000));
  const cap = random.between(1, 4);
  const workflowNo = await rig.submit({ jobs: jobs(60), parallelism: cap, retry: { job: { retries: 3 } } });
  const sessions = [await rig.register(large), await rig.register(large), await rig.register(large)];
  const desks = [deskOf(), deskOf()];
  const held = new Map<string, GrantedJob[]>(sessions.map((session) => [session, []]));
  for (let step = 0; step < 400 && (await rig.workflowState(workflowNo)) === 'running'; step += 1) {
    const session = random.pick(sessions);
    const mine = held.get(session) ?? [];
    if (random.once(2)) mine.push(...(await ask(random.pick(desks), session, random.between(1, 10))));
    else {
      const [job] = mine.splice(random.below(Math.max(1, mine.length)), 1);
      if (job) await rig.end(session, [job], random.once(5) ? { outcome: 'failed', reason: 'error', exitCode: 1 } : {});
    }
    expect(await leasedOf(workflowNo)).toBeLessThanOrEqual(cap);
  }
  expect(await rig.workflowState(workflowNo)).toBe('done');
  expect(await rig.faults()).toEqual([]);
}, 60_000);

test('a retry is held to it too, also when it was forgotten meanwhile; others are forgotten with their uploads', async () => {
  const workflowNo = await rig.submit({ jobs: jobs(4), parallelism: 2 });
  const session = await rig.register(large);
  await rig.cancel(workflowNo);
  await rig.runCommands();
  const keeps = new PostgresKeepStore(rig.database);
  expect(await pruneRows(keeps, 7)).toMatchObject({ limits: 0 });
  await rig.query("update workflow set ended_at = ended_at - interval '8 days'");
  expect(await pruneRows(keeps, 7)).toMatchObject({ limits: 1 });
  expect(await rig.query('select * from limit_ended')).toEqual([]);
  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await ask(deskOf(), session)).toHaveLength(2);
  expect(await rig.faults()).toEqual([]);
});

test('who is over the time is cancelled once, and says why; a retry has as much time again', async () => {
  const [late, early, plain] = [
    await rig.submit({ jobs: jobs(3), timeoutSec: 60 }),
    await rig.submit({ jobs: jobs(3), timeoutSec: 3_600 }),
    await rig.submit({ jobs: jobs(3) }),
  ];
  const session = await rig.register(large);
  await rig.lease(session, 2);
  expect(await endOverdue(ports(), all)).toEqual({ ended: 0, nextSec: expect.any(Number) });
  expect((await show(late))?.workflow.timeout?.sec).toBe(60);
  await over(late);
  expect(
    await endOverdue(
      ports(),
      all.filter((each) => each !== Number(late) % 16),
    ),
  ).toMatchObject({ ended: 0 });
  const { ended, nextSec } = await endOverdue(ports(), all);
  expect([ended, Math.round((nextSec ?? 0) / 600)]).toEqual([1, 6]);
  expect(await endOverdue(ports(), all)).toMatchObject({ ended: 0 });
  await rig.runCommands();
  expect(await show(late)).toMatchObject({
    workflow: { state: 'cancelled', cancelCause: 'timeout', failedBy: { cancelled: 3 } },
  });
  for (const other of [early, plain]) expect((await show(other))?.workflow.cancelCause).toBeUndefined();
  expect((await show(plain))?.workflow.timeout).toBeUndefined();
  await rig.orders.requestRetry(late, {});
  await rig.runCommands();
  const again = (await show(late))?.workflow;
  expect([again?.state, again?.cancelCause]).toEqual(['running', undefined]);
  expect(Date.parse(again?.timeout?.at ?? '')).toBeGreaterThan(Date.now() + 30_000);
  expect(await endOverdue(ports(), all)).toMatchObject({ ended: 0 });
  expect(await rig.faults()).toEqual([]);
});

test('a cancel that somebody ordered is theirs, also when the time is over afterwards', async () => {
  const workflowNo = await rig.submit({ jobs: jobs(3), timeoutSec: 60 });
  await rig.cancel(workflowNo);
  await over(workflowNo);
  expect(await endOverdue(ports(), all)).toMatchObject({ ended: 0 });
  await rig.runCommands();
  expect((await show(workflowNo))?.workflow.cancelCause).toBeUndefined();
});

test('what has ended in time is left alone, however long ago', async () => {
  const workflowNo = await rig.submit({ jobs: jobs(1), timeoutSec: 60 });
  const session = await rig.register(large);
  await rig.end(session, await rig.lease(session, 1));
  await over(workflowNo);
  expect(await endOverdue(ports(), all)).toEqual({ ended: 0, nextSec: null });
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('numbers beyond all sense are kept to the largest that count', async () => {
  const workflowNo = await rig.submit({
    jobs: jobs(3),
    timeoutSec: Number.MAX_SAFE_INTEGER,
    parallelism: Number.MAX_SAFE_INTEGER,
  });
  const session = await rig.register(large);
  expect(await ask(deskOf(), session)).toHaveLength(3);
  expect((await show(workflowNo))?.workflow.timeout?.sec).toBe(Number.MAX_SAFE_INTEGER);
});
