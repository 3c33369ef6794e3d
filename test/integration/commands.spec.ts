/** Goal: cancel and retry do to a workflow exactly what the user asked for, and nothing hangs after them. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { PostgresReadStore } from '#adapter-postgres';
import type { RetryOrder } from '#contracts';
import { rehearseRetry, type GrantedJob } from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let session: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  session = await rig.register();
});
afterEach(async () => {
  expect(await rig.faults()).toEqual([]);
  await rig.close();
});

const failed = { outcome: 'failed', reason: 'error' } as const;

const leaseAll = async (): Promise<Map<number, GrantedJob>> =>
  new Map((await rig.lease(session, 1_000)).map((job) => [job.ordinal, job]));

/** Ends what is leased now: the ordinals named fail, the others finish. @returns what ran. */
async function runWave(fails: number[] = []): Promise<number[]> {
  const jobs = [...(await leaseAll()).values()];
  await rig.end(
    session,
    jobs.filter((job) => fails.includes(job.ordinal)),
    failed,
  );
  await rig.end(
    session,
    jobs.filter((job) => !fails.includes(job.ordinal)),
  );
  return jobs.map((job) => job.ordinal).sort((a, b) => a - b);
}

async function retry(workflowNo: string, request: RetryOrder = {}): Promise<unknown> {
  const order = await rig.orders.requestRetry(workflowNo, request);
  await rig.runCommands();
  return rig.orders.retryResult(order?.order ?? '');
}

test('once a cancel was asked for nothing is leased, before its command is carried out', async () => {
  const workflowNo = await rig.submit({
    jobs: [{}, {}, {}, { parents: [0] }],
    retry: { job: { retries: 3, backoffSec: 60 } },
    final: 'success',
  });
  const [first, second] = (await rig.lease(session, 2)) as [GrantedJob, GrantedJob];
  await rig.end(session, [second], failed); // held
  await rig.cancel(workflowNo);
  await rig.end(session, [first]); // frees job 3
  await rig.passBackOffs();
  expect(await rig.lease(session, 10)).toEqual([]);
  expect(await rig.faults()).toEqual([]);
  await rig.runCommands();
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
  expect(await rig.census(workflowNo)).toEqual({ '3/0': 1, '4/4': 4 });
});

test('back-offs that end while a cancel is asked for lead to no lease', async () => {
  for (let round = 0; round < 20; round += 1) {
    const workflowNo = await rig.submit({
      jobs: Array.from({ length: 200 }, () => ({})),
      retry: { job: { retries: 1, backoffSec: 60 } },
    });
    await rig.end(session, [...(await leaseAll()).values()], failed);
    await rig.query("update held set due_at = now() - interval '1 second'");
    await Promise.all([rig.cancel(workflowNo), rig.transitions.releaseHeld()]);
    expect(await rig.lease(session, 10)).toEqual([]);
    await rig.runCommands();
    expect(await rig.workflowState(workflowNo)).toBe('cancelled');
  }
}, 60_000);

test('a cancel ends leased attempts, tells who to kill, and a later report of theirs is stale', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const jobs = [...(await leaseAll()).values()];
  await rig.cancel(workflowNo);
  const { kills } = await rig.runCommands();
  expect(kills.map(({ job, attempt }) => `${job}/${attempt}`).sort()).toEqual([
    `${workflowNo}:0/1`,
    `${workflowNo}:1/1`,
  ]);
  const late = await rig.settle(
    batchOf(
      session,
      jobs.map((job) => ({ job, end: {} })),
    ),
  );
  expect(late).toMatchObject({ applied: 0, verdicts: [{ duplicate: [], stale: [0, 1] }] });
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
});

test('what a worker says of an attempt after it was cancelled is stale, also that it was cancelled', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  const [job] = (await rig.lease(session, 1)) as [GrantedJob];
  await rig.cancel(workflowNo);
  await rig.runCommands();
  const late = await rig.settle(batchOf(session, [{ job, end: { outcome: 'failed', reason: 'cancelled' } }]));
  expect(late).toMatchObject({ applied: 0, verdicts: [{ duplicate: [], stale: [0] }] });
});

test('of a cancel and a finish that race, the first to commit stands', async () => {
  for (let round = 0; round < 25; round += 1) {
    const workflowNo = await rig.submit({ jobs: Array.from({ length: 40 }, () => ({})), final: 'always' });
    const jobs = [...(await leaseAll()).values()];
    const half = (from: number) =>
      batchOf(
        session,
        jobs.slice(from, from + 20).map((job) => ({ job, end: {} })),
      );
    const [one, other] = await Promise.all([
      rig.settle(half(0)),
      rig.settle(half(20)),
      rig.cancel(workflowNo).then(() => rig.runCommands()),
    ]);
    const census = await rig.census(workflowNo);
    expect(census['3/0'] ?? 0).toBe(one.applied + other.applied);
    expect((census['3/0'] ?? 0) + (census['4/4'] ?? 0)).toBe(40);
    expect(await runWave()).toEqual([40]);
    expect(await rig.workflowState(workflowNo)).toBe(census['4/4'] ? 'cancelled' : 'done');
  }
}, 60_000);

test.each(['ready', 'held', 'leased'])(
  'a cancel that meets a %s final job which runs always lets it run',
  async (state) => {
    const workflowNo = await rig.submit({
      jobs: [{}],
      final: 'always',
      retry: { final: { retries: 2, backoffSec: state === 'held' ? 60 : 0 } },
    });
    await runWave();
    if (state === 'held') await runWave([1]);
    const leased = state === 'leased' ? await rig.lease(session, 1) : [];
    await rig.cancel(workflowNo);
    await rig.runCommands();
    await rig.end(session, leased, failed); // goes back, although its workflow is cancelled
    await rig.passBackOffs();
    expect(await runWave()).toEqual([1]);
    expect(await rig.workflowState(workflowNo)).toBe('done');
  },
);

test('a final job with when: success does not run once a cancel was asked for', async () => {
  const workflowNo = await rig.submit({ jobs: [{}], final: 'success' });
  const jobs = [...(await leaseAll()).values()];
  await rig.cancel(workflowNo);
  await rig.end(session, jobs);
  expect(await rig.lease(session, 1)).toEqual([]);
  await rig.runCommands();
  expect(await rig.census(workflowNo)).toEqual({ '3/0': 1, '4/4': 1 });
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
});

test('a retry runs on-ended children and the final job again, and un-prunes exactly what it frees', async () => {
  const workflowNo = await rig.submit({
    jobs: [
      {}, // 0 fails, is retried
      {}, // 1 fails, is not retried
      { parents: [0] }, // 2 pruned by 0
      { parents: [0, 1] }, // 3 pruned by both
      { parents: [2] }, // 4 pruned below 2
      { endedParents: [0] }, // 5 runs whenever 0 has ended
      { endedParents: [5] }, // 6 runs whenever 5 has ended
      { parents: [5] }, // 7 finished: stays
      { parents: [3] }, // 8 pruned below 3
      { endedParents: [1] }, // 9 stays
    ],
    final: 'always',
  });
  expect(await runWave([0, 1])).toEqual([0, 1]);
  expect(await runWave()).toEqual([5, 9]);
  expect(await runWave()).toEqual([6, 7]);
  expect(await runWave()).toEqual([10]);
  expect(await rig.workflowState(workflowNo)).toBe('partial');
  expect(await retry(workflowNo, { ordinals: [0] })).toMatchObject({
    runNo: 2,
    retried: 1,
    unpruned: 2,
    finishedAgain: 3,
  });
  expect(await rig.faults()).toEqual([]);
  expect(await runWave()).toEqual([0]);
  expect(await runWave()).toEqual([2, 5]);
  expect(await runWave()).toEqual([4, 6]);
  expect(await runWave()).toEqual([10]);
  expect(await rig.workflowState(workflowNo)).toBe('partial');
  expect(await retry(workflowNo)).toMatchObject({ runNo: 3, retried: 1, unpruned: 2, finishedAgain: 2 });
  expect(await runWave()).toEqual([1]);
  expect(await runWave()).toEqual([3, 9]);
  expect(await runWave()).toEqual([8]);
  expect(await runWave()).toEqual([10]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a dry run of a retry tells by label just what the retry then does, and changes nothing', async () => {
  const workflowNo = await rig.submit({
    jobs: [
      { label: 'a' }, // 0 fails, is retried
      { label: 'a' }, // 1 fails, is not
      { label: 'b', parents: [0] }, // 2 pruned by 0
      { label: 'b', parents: [0, 1] }, // 3 pruned by both
      { label: 'b', endedParents: [0] }, // 4 finishes, runs again
      { label: 'c', endedParents: [0] }, // 5 fails, runs again
      { label: 'c', parents: [5] }, // 6 pruned by 5: free in the second round
    ],
    final: 'always',
  });
  const order = { ordinals: [0] };
  const rehearse = () => rehearseRetry(rig.transitions, workflowNo, order);
  expect(await rehearse()).toEqual({ refused: 'not-ended' });
  await runWave([0, 1]);
  await runWave([5]);
  await runWave();
  const books = () =>
    rig.query(
      `select
         (select json_agg(to_jsonb(t)) from workflow t), (select json_agg(to_jsonb(t)) from workflow_command t),
         (select json_agg(to_jsonb(t) order by ordinal) from job_state t)`,
    );
  const before = await books();
  const rehearsed = await rehearse();
  expect(rehearsed).toEqual({
    ...{ runNo: 2, retried: 1, unpruned: 2, finishedAgain: 2, failedAgain: 1 },
    tasks: [
      { label: 'a', retried: 1, unpruned: 0, finishedAgain: 0, failedAgain: 0 },
      { label: 'b', retried: 0, unpruned: 1, finishedAgain: 1, failedAgain: 0 },
      { label: 'c', retried: 0, unpruned: 1, finishedAgain: 0, failedAgain: 1 },
      { label: 'final', retried: 0, unpruned: 0, finishedAgain: 1, failedAgain: 0 },
    ],
  });
  expect(await books()).toEqual(before);
  expect(await retry(workflowNo, order)).toEqual(rehearsed);
  expect(await rehearse()).toEqual({ refused: 'not-ended' });
  const touched = await rig.query('select ordinal from job_state where run_no = 2 order by ordinal');
  expect(touched.flat()).toEqual([0, 2, 4, 5, 6, 7]);
});

test('a retry by exit code, site, reason and label takes jobs that meet all of them', async () => {
  const labels = ['a', 'b', 'a', 'b', 'a', 'b'];
  const workflowNo = await rig.submit({ jobs: labels.map((label) => ({ label })) });
  const there = await rig.register({ site: 'there' });
  const end = { outcome: 'failed', reason: 'error' } as const;
  for (const [of, exitCode] of [
    [session, 1],
    [there, 1],
    [there, 2],
  ] as const) {
    await rig.end(of, await rig.lease(of, 2), { ...end, exitCode });
  }
  const choose = async (order: RetryOrder): Promise<number> => {
    const result = await rehearseRetry(rig.transitions, workflowNo, order);
    return 'refused' in result ? 0 : result.retried;
  };
  expect(await choose({})).toBe(6);
  expect(await choose({ exitCodes: [1] })).toBe(4);
  expect(await choose({ exitCodes: [1, 2] })).toBe(6);
  expect(await choose({ exitCodes: [3] })).toBe(0);
  expect(await choose({ sites: ['there'] })).toBe(4);
  expect(await choose({ sites: ['there'], exitCodes: [1] })).toBe(2);
  expect(await choose({ sites: ['there'], exitCodes: [1], labels: ['a'] })).toBe(1);
  expect(await choose({ sites: ['there'], reasons: ['memory'] })).toBe(0);
  expect(await choose({ ordinals: [] })).toBe(0);
});

test('jobs are found by name and by label/name, all of a name', async () => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }, { label: 'b' }, { label: 'b' }] });
  await rig.query("update job set name = 'same' where ordinal > 0");
  const reads = new PostgresReadStore(rig.database);
  const named = await reads.jobsNamed(workflowNo, ['same', 'job0', 'a/job0', 'b/job0', 'nobody', 'b/same']);
  expect(named.map((ordinals) => ordinals.sort())).toEqual([[1, 2], [0], [0], [], [], [1, 2]]);
});

test('a failed on-ended child that runs again frees what it had pruned', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, { endedParents: [0] }, { parents: [1] }] });
  await runWave([0]);
  await runWave([1]);
  expect(await retry(workflowNo, { ordinals: [0] })).toMatchObject({ retried: 1, unpruned: 1 });
  expect(await runWave()).toEqual([0]);
  expect(await runWave()).toEqual([1]);
  expect(await runWave()).toEqual([2]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a barrier that was wanted hands a rerun on once it is reached, however late that is, and one that was pruned never does', async () => {
  const jobs = [
    {}, // 0 fails, is retried
    { endedParents: [0] }, // 1 fails, runs again
    { parents: [1] }, // 2 pruned by 1: free in the second round only
    {}, // 3 is cancelled and stays so
    { kind: 'barrier' as const, endedParents: [2, 3] }, // 4 is cancelled and retried
    { parents: [4] }, // 5 is cancelled: runs again, since 4 stands for its edges
    { kind: 'barrier' as const, parents: [0], endedParents: [2] }, // 6 pruned by 0
    { parents: [6] }, // 7 is cancelled by itself before that and stays so
  ];
  const workflowNo = await rig.submit({ jobs });
  await rig.cancelJobs(workflowNo, { ordinals: [7] });
  const [first] = await rig.lease(session, 1);
  await rig.end(session, first ? [first] : [], failed);
  const running = await leaseAll();
  await rig.end(
    session,
    [running.get(1)].flatMap((job) => job ?? []),
    failed,
  );
  await rig.cancel(workflowNo);
  await rig.runCommands();
  expect(await retry(workflowNo, { ordinals: [0, 4] })).toMatchObject({ retried: 2, unpruned: 2, failedAgain: 2 });
  expect(await rig.query('select ordinal from job_state where run_no = 2 order by ordinal')).toEqual(
    [0, 1, 2, 4, 5, 6].map((ordinal) => [ordinal]),
  );
  expect(await runWave()).toEqual([0]);
  expect(await runWave()).toEqual([1]);
  expect(await runWave()).toEqual([2]);
  expect(await runWave()).toEqual([5]);
  expect(await rig.workflowState(workflowNo)).toBe('partial');
});

test('a retry of what can not run, since a parent of it stays failed, is refused', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, { parents: [0] }] });
  await rig.cancel(workflowNo);
  await rig.runCommands();
  expect(await retry(workflowNo, { ordinals: [1] })).toEqual({ refused: 'nothing-matched' });
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
  expect(await retry(workflowNo)).toMatchObject({ retried: 2 });
  expect(await runWave()).toEqual([0]);
  expect(await runWave()).toEqual([1]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a retry passes barriers that wait for nothing, and their task ends done', async () => {
  const workflowNo = await rig.submit({
    jobs: [{}, { kind: 'barrier' }, { kind: 'barrier', parents: [0] }, { parents: [1, 2] }],
  });
  await runWave([0]);
  expect(await rig.workflowState(workflowNo)).toBe('partial');
  await retry(workflowNo);
  await runWave();
  await runWave();
  expect(await rig.workflowState(workflowNo)).toBe('done');
  expect(await rig.query('select distinct state from task where total > 0')).toEqual([['done']]);
});

test('a retry of a running workflow, or of nothing, is refused and changes nothing', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  expect(await retry(workflowNo)).toEqual({ refused: 'not-ended' });
  await runWave();
  expect(await retry(workflowNo)).toEqual({ refused: 'nothing-matched' });
  expect(await rig.query('select state, run_no from workflow')).toEqual([['done', 1]]);
});

test('a workflow of 25,000 jobs is cancelled in steps, and all of them are named', async () => {
  const workflowNo = await rig.submit({
    jobs: Array.from({ length: 25_000 }, (_, no) => (no % 2 ? { endedParents: [no - 1] } : {})),
  });
  await rig.lease(session, 1_000);
  await rig.cancel(workflowNo);
  await rig.runCommands();
  expect(await rig.census(workflowNo)).toEqual({ '4/4': 25_000 });
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
}, 60_000);

test('a retry that PostgreSQL refuses changes nothing, and commands after it are found', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  await runWave([0]);
  const poison = await rig.orders.requestRetry(workflowNo, { ordinals: [9_999_999_999] }); // past the gateway's check
  const next = await rig.orders.requestRetry(workflowNo, {});
  await expect(rig.runCommands()).rejects.toThrow();
  const partitions = [poison?.partition ?? -1];
  expect(await rig.transitions.nextCommands(partitions)).toMatchObject([{ id: poison?.order }]);
  expect(await rig.transitions.nextCommands(partitions, [poison?.order ?? ''])).toMatchObject([{ id: next?.order }]);
  expect(await rig.workflowState(workflowNo)).toBe('failed');
});

test('a retry un-prunes 100,000 descendants, and a cancel ends them again', async () => {
  const descendants = 100_000;
  const jobs = Array.from({ length: descendants }, (_, no) => ({
    parents: no < 1_000 ? [0] : [no - 999, (no % 999) + 1],
  }));
  const workflowNo = await rig.submit({ jobs: [{}, ...jobs] });
  const session = await rig.register();
  await rig.end(session, await rig.lease(session, 1), { outcome: 'failed', reason: 'error', exitCode: 1 });
  await rig.runCommands();
  expect(await retry(workflowNo)).toMatchObject({ runNo: 2, retried: 1, unpruned: descendants });
  expect(await rig.census(workflowNo)).toEqual({ '0/0': descendants, '1/0': 1 });
  await rig.cancel(workflowNo);
  await rig.runCommands();
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
  expect(await rig.faults()).toEqual([]);
}, 180_000);
