/** Goal: memory grows and is learned to the sizes that can be worked out by hand, and books stay right. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { rehearseRetry, type GrantedJob } from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres, type TrialEnd } from '#test-kit';

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

const jobs = (count: number): object[] => Array.from({ length: count }, () => ({}));

/** What a job was allowed, and how that went. */
type Tried = [ordinal: number, allowedMib: number, outcome: string];

/** Runs all that becomes ready on workers that kill what needs more than it is allowed. @returns the attempts */
async function runAll(workflowNo: string, needMib: (ordinal: number) => number, peaks = true): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (let leased = await rig.lease(session, 1_000); leased.length > 0; leased = await rig.lease(session, 1_000)) {
    const memory = await memoryOfClasses(leased);
    const ends = leased.map((job) => ({ job, end: endOf(memory(job), needMib(job.ordinal), peaks) }));
    tried.push(...ends.map(({ job, end }): Tried => [job.ordinal, memory(job), end.outcome ?? '']));
    await rig.settle(batchOf(session, ends));
    await rig.passBackOffs();
  }
  expect(['done', 'partial', 'failed']).toContain(await rig.workflowState(workflowNo));
  return tried;
}

/** A killed job was seen to use a little more than it may. */
function endOf(allowedMib: number, needMib: number, peaks: boolean): TrialEnd {
  const allowedMemoryMib = allowedMib;
  if (needMib <= allowedMib) return { outcome: 'finished', allowedMemoryMib, ...(peaks && { peakMemoryMib: needMib }) };
  const peak = peaks ? { peakMemoryMib: allowedMib + 1 } : {};
  return { outcome: 'failed', reason: 'memory', exitCode: 137, allowedMemoryMib, ...peak };
}

/** By the class that the grant names, as a worker is told. */
async function memoryOfClasses(leased: GrantedJob[]): Promise<(job: GrantedJob) => number> {
  const rows = await rig.query('select id, memory_mib from ready_class where id = any ($1)', [
    leased.map((job) => job.classId),
  ]);
  const sizes = new Map(rows.map(([id, mib]) => [Number(id), Number(mib)]));
  return (job) => sizes.get(job.classId) ?? -1;
}

const classCount = async (): Promise<number> => Number((await rig.query('select count(*) from ready_class'))[0]?.[0]);

test('1,000 MiB that double hold a need of 3,500 at the third attempt, and each job has its own size', async () => {
  const workflowNo = await rig.submit({
    jobs: jobs(3),
    retry: { job: { retries: 2 } },
    resources: { job: { memoryMib: 1_000, memoryGrowth: 2 } },
  });
  const tried = await runAll(workflowNo, (ordinal) => [900, 1_800, 3_500][ordinal] ?? 0);
  const of = (ordinal: number): [number, string][] =>
    tried.filter(([no]) => no === ordinal).map(([, mib, outcome]) => [mib, outcome]);
  expect(of(0)).toEqual([[1_000, 'finished']]);
  expect(of(1)).toEqual([
    [1_000, 'failed'],
    [2_000, 'finished'],
  ]);
  expect(of(2)).toEqual([
    [1_000, 'failed'],
    [2_000, 'failed'],
    [4_000, 'finished'],
  ]);
  expect(await rig.memoryOf(workflowNo)).toEqual([1_000, 2_000, 4_000]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('growth ends at the ceiling, where the job fails although it had tries left', async () => {
  const workflowNo = await rig.submit({
    jobs: jobs(2),
    retry: { job: { retries: 9 } },
    resources: { job: { memoryMib: 1_000, memoryGrowth: 2, memoryMaxMib: 3_000 } },
  });
  const tried = await runAll(workflowNo, (ordinal) => [3_000, 3_001][ordinal] ?? 0);
  expect(tried.filter(([no]) => no === 0).map(([, mib]) => mib)).toEqual([1_000, 2_000, 3_000]);
  expect(tried.filter(([no]) => no === 1).map(([, mib]) => mib)).toEqual([1_000, 2_000, 3_000]);
  expect(await rig.census(workflowNo)).toEqual({ '3/0': 1, '4/3': 1 });
});

test('a peak seen at the kill counts where it is more than the growth', async () => {
  const workflowNo = await rig.submit({
    jobs: jobs(1),
    retry: { job: { retries: 1 } },
    resources: { job: { memoryMib: 1_000, memoryGrowth: 2 } },
  });
  const leased = await rig.lease(session, 1);
  await rig.end(session, leased, { outcome: 'failed', reason: 'memory', peakMemoryMib: 1_900 });
  expect(await rig.memoryOf(workflowNo)).toEqual([2_304]); // 1,900 x 1.2, in the next step
});

test('a grown job keeps its size through its back-off, a pause and a retry by its user', async () => {
  const workflowNo = await rig.submit({
    jobs: jobs(1),
    retry: { job: { retries: 1, backoffSec: 60 } },
    resources: { job: { memoryMib: 1_000, memoryGrowth: 3 } },
  });
  await rig.end(session, await rig.lease(session, 1), { outcome: 'failed', reason: 'memory' });
  await rig.pause(workflowNo);
  await rig.resume(workflowNo);
  await rig.passBackOffs();
  const [second] = await rig.lease(session, 1, 'asked-twice');
  expect(second && (await memoryOfClasses([second]))(second)).toBe(3_000);
  expect(await rig.leases.replay([{ session, requestId: 'asked-twice' }])).toEqual([second]);
  await rig.end(session, second ? [second] : [], { outcome: 'failed', reason: 'error' });
  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await rig.memoryOf(workflowNo)).toEqual([3_000]);
});

test('a grown class is the one that an upload of that size has', async () => {
  const grown = await rig.submit({
    jobs: jobs(1),
    retry: { job: { retries: 1 } },
    resources: { job: { memoryMib: 1_000, memoryGrowth: 2 } },
  });
  await rig.end(session, await rig.lease(session, 1), { outcome: 'failed', reason: 'memory' });
  const before = await classCount();
  const asked = await rig.submit({ jobs: jobs(1), resources: { job: { memoryMib: 2_000 } } });
  expect(await classCount()).toBe(before);
  expect([await rig.memoryOf(grown), await rig.memoryOf(asked)]).toEqual([[2_000], [2_000]]);
});

test('a thousand jobs with a thousand peaks make a bounded number of classes', async () => {
  const workflowNo = await rig.submit({
    jobs: jobs(1_000),
    retry: { job: { retries: 1 } },
    resources: { job: { memoryMib: 500, memoryGrowth: 1 } },
  });
  const leased = await rig.lease(session, 1_000);
  const before = await classCount();
  const ends = leased.map((job) => {
    return { job, end: { outcome: 'failed', reason: 'memory', peakMemoryMib: 600 + job.ordinal * 7.3 } as const };
  });
  await rig.settle(batchOf(session, ends));
  expect((await classCount()) - before).toBeLessThan(70);
  const sizes = await rig.memoryOf(workflowNo);
  expect(sizes.every((mib, no) => mib >= (600 + no * 7.3) * 1.2 && mib <= (600 + no * 7.3) * 1.3)).toBe(true);
});

/** 25 early jobs, then 25 that become ready when all of those ended. */
const inTwoWaves = (): { label: string; parents?: number[] }[] => [
  ...Array.from({ length: 25 }, () => ({ label: 'job' })),
  ...Array.from({ length: 25 }, () => ({ label: 'job', parents: Array.from({ length: 25 }, (_, no) => no) })),
];

test.each([
  ['off', 2_000, 1_000],
  ['raise', 1_740, 2_151],
  ['fit', 300, 365],
  ['raise', 300, 1_000],
] as const)(
  'memoryLearn %s: after 25 jobs that use %d MiB later ones get %d',
  async (memoryLearn, useMib, laterMib) => {
    const workflowNo = await rig.submit({
      jobs: inTwoWaves(),
      retry: { job: { retries: 1 } },
      resources: { job: { memoryMib: 1_000, memoryGrowth: 2, memoryMaxMib: 8_000, memoryLearn } },
    });
    const tried = await runAll(workflowNo, () => useMib);
    const later = tried.filter(([ordinal]) => ordinal >= 25);
    expect(new Set(later.map(([, mib]) => mib).slice(0, 25))).toEqual(new Set([laterMib]));
    expect(await rig.workflowState(workflowNo)).toBe('done');
  },
);

test('a job that does not fit in the size learned for it gets what it asked for, and pays nothing', async () => {
  const workflowNo = await rig.submit({
    jobs: inTwoWaves(),
    retry: { job: { retries: 0 } },
    resources: { job: { memoryMib: 1_000, memoryLearn: 'fit' } },
  });
  const tried = await runAll(workflowNo, (ordinal) => (ordinal === 40 ? 950 : 300));
  expect(tried.filter(([ordinal]) => ordinal === 40).map(([, mib]) => mib)).toEqual([365, 1_000]);
  expect(await rig.census(workflowNo)).toEqual({ '3/0': 50 });
  const [used] = await rig.query('select tries_used from job_state where ordinal = 40');
  expect(used).toEqual([0]);
});

test('a user gives chosen jobs more memory: a dry run tells the same and changes nothing', async () => {
  const workflowNo = await rig.submit({
    jobs: [{ label: 'fit' }, { label: 'fit' }, { label: 'fit' }, { label: 'sum', parents: [0, 1] }],
    resources: { fit: { memoryMib: 1_000, memoryGrowth: 2, memoryMaxMib: 2_000 } },
    retry: { fit: { retries: 1 } },
  });
  const [first, second, third] = (await rig.lease(session, 3)).sort((a, b) => a.ordinal - b.ordinal);
  if (!first || !second || !third) throw new Error('three jobs are ready');
  const killed = { outcome: 'failed', reason: 'memory' } as const;
  await rig.settle(
    batchOf(session, [
      { job: first, end: killed },
      { job: second, end: killed },
      { job: third, end: {} },
    ]),
  );
  await rig.end(session, await rig.lease(session, 3), killed);
  expect(await rig.memoryOf(workflowNo)).toEqual([2_000, 2_000, 1_000, 2_048]);
  const order = { ordinals: [0, 1], memory: { times: 2 } };
  const resized = [{ label: 'fit', jobs: 2, fromMib: 2_000, toMib: 4_000 }];
  expect(await rehearseRetry(rig.transitions, workflowNo, order)).toMatchObject({ retried: 2, unpruned: 1, resized });
  expect(await rig.memoryOf(workflowNo)).toEqual([2_000, 2_000, 1_000, 2_048]);
  const ordered = await rig.orders.requestRetry(workflowNo, order);
  await rig.runCommands();
  expect(await rig.orders.retryResult(ordered?.order ?? '')).toMatchObject({ retried: 2, resized });
  expect(await rig.memoryOf(workflowNo)).toEqual([4_000, 4_000, 1_000, 2_048]);
  const tried = await runAll(workflowNo, (ordinal) => [3_500, 3_500, 0, 1][ordinal] ?? 0);
  expect(tried.map(([ordinal, mib]) => [ordinal, mib])).toEqual(
    expect.arrayContaining([
      [0, 4_000],
      [1, 4_000],
      [3, 2_048],
    ]),
  );
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a size in MiB is given whatever was allowed before, and what is so already is left out', async () => {
  const workflowNo = await rig.submit({ jobs: jobs(2), resources: { job: { memoryMib: 1_000 } } });
  await rig.end(session, await rig.lease(session, 2), { outcome: 'failed', reason: 'memory' });
  const order = (mib: number) => rehearseRetry(rig.transitions, workflowNo, { memory: { mib } });
  expect(await order(700)).toMatchObject({ resized: [{ label: 'job', jobs: 2, fromMib: 1_000, toMib: 700 }] });
  expect(await order(1_000)).toMatchObject({ retried: 2, resized: [] });
});

test('a job goes to another site by rule, with its memory and alone, while one would do', async () => {
  const rules = [{ exit: [9], then: 'retry' as const, site: 'other' as const }];
  const workflowNo = await rig.submit({ jobs: jobs(2), retry: { job: { retries: 3, rules } } });
  const failHere = async (): Promise<void> => {
    const [job] = await rig.lease(session, 1);
    await rig.end(session, job ? [job] : [], { outcome: 'failed', reason: 'error', exitCode: 9 });
  };
  const avoided = (): Promise<unknown[][]> =>
    rig.query(
      `select c.avoid_sites from job_state s join ready_class c on c.id = s.class_id
       where s.workflow_id = $1 order by s.ordinal`,
      [workflowNo],
    );
  await failHere();
  expect(await avoided()).toEqual([]); // there is no other site
  await rig.register({ site: 'elsewhere', memoryMib: 2_048 });
  await failHere();
  expect(await avoided()).toEqual([[['here']]]);
});

test('what was allowed stands with the attempt where the template asks for another amount', async () => {
  const workflowNo = await rig.submit({
    jobs: jobs(1),
    retry: { job: { retries: 1 } },
    resources: { job: { memoryMib: 1_000, memoryGrowth: 2 } },
  });
  await rig.end(session, await rig.lease(session, 1), { outcome: 'failed', reason: 'memory' });
  await rig.end(session, await rig.lease(session, 1), { outcome: 'finished', allowedMemoryMib: 2_000 });
  const rows = await rig.query('select attempt, allowed_mib from attempt where workflow_id = $1 order by 1', [
    workflowNo,
  ]);
  expect(rows).toEqual([
    [1, null],
    [2, 2_000],
  ]);
});
