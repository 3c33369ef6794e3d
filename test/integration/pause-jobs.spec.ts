/** Goal: jobs that a filter means are leased to nobody until they are resumed, whatever becomes of their label and workflow. */
import { expect, test } from '@jest/globals';
import type { JobFilter } from '#contracts';
import type { GrantedJob } from '#engine';
import { batchOf } from '#test-kit';
import {
  failed,
  leaseAll,
  openRigForEachTest,
  ordinalsOf,
  planOfNow,
  rig,
  runOut,
  session,
} from './rig-of-each-test.js';

openRigForEachTest({ checked: true });

const lost = { outcome: 'failed', reason: 'lost' } as const;
const only = (...ordinals: number[]): JobFilter => ({ ordinals });

test('ready, waiting and held jobs that a filter means wait for their resume; the others go on', async () => {
  const workflowNo = await rig.submit({
    jobs: [{}, {}, {}, {}, { parents: [0] }, { parents: [0] }, { kind: 'barrier', parents: [0] }, { parents: [6] }],
    retry: { job: { retries: 2, backoffSec: 60 } },
  });
  const [first, second] = (await rig.lease(session, 2)) as [GrantedJob, GrantedJob];
  await rig.end(session, [second], failed); // 1 is held
  const rehearsed = await rig.pauseJobs(workflowNo, only(1, 2, 4, 6, 7), true);
  expect(rehearsed?.answer).toMatchObject({ dryRun: true, changed: true, labels: null, more: false, pausedJobs: 4 });
  expect(await rig.query('select count(*)::int from paused_job')).toEqual([[0]]);
  const paused = await rig.pauseJobs(workflowNo, only(1, 2, 4, 6, 7));
  expect(paused?.answer).toEqual({ ...rehearsed?.answer, dryRun: false });
  expect(paused?.answer.chosen).toEqual([
    { label: 'job', counts: { total: 4, waiting: 2, ready: 2, leased: 0, finished: 0, failed: 0 } },
  ]);
  expect(await rig.pauseJobs(workflowNo, only(1, 2, 4))).toMatchObject({ changed: false, answer: { chosen: [] } });
  await rig.passBackOffs();
  await rig.end(session, [first]);
  expect(await runOut()).toEqual([3, 5]);
  expect(await rig.resumeJobs(workflowNo, { labels: ['job'], states: ['ready'] })).toMatchObject({
    changed: true,
    answer: { pausedJobs: 0, chosen: [{ counts: { total: 4 } }] },
  });
  await rig.passBackOffs();
  expect(await runOut()).toEqual([1, 2, 4, 7]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('part of what one filter paused is resumed by another, and new work is not caught by either', async () => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }, { label: 'a' }, { label: 'b' }, { label: 'b' }] });
  await rig.pauseJobs(workflowNo, { states: ['ready'] });
  expect(await leaseAll()).toEqual([]);
  await rig.resumeJobs(workflowNo, { labels: ['b'] });
  expect(ordinalsOf(await leaseAll())).toEqual([2, 3]);
  const other = await rig.submit({ jobs: [{}] });
  expect(ordinalsOf(await leaseAll())).toEqual([0]);
  await rig.resumeJobs(workflowNo, only(1));
  expect(ordinalsOf(await leaseAll())).toEqual([1]);
  expect(await rig.resumeJobs(other, {})).toMatchObject({ changed: false, answer: { pausedJobs: 0 } });
});

test('a leased job that is paused goes on; what fails of it, or is given up, comes back paused', async () => {
  const workflowNo = await rig.submit({
    jobs: Array.from({ length: 6 }, () => ({})),
    retry: { job: { retries: 3, infraRetries: 3, backoffSec: 60 } },
  });
  const jobs = await rig.lease(session, 6);
  const paused = await rig.pauseJobs(workflowNo, only(0, 1, 2));
  expect(paused?.answer.chosen).toMatchObject([{ counts: { total: 3, leased: 3 } }]);
  const part = (...ordinals: number[]) => jobs.filter(({ ordinal }) => ordinals.includes(ordinal));
  await rig.end(session, part(0)); // its mark stays, and is of no consequence
  await rig.end(session, part(1, 3), failed);
  await rig.end(session, part(2, 4), lost);
  await rig.end(session, part(5));
  await rig.passBackOffs();
  expect(await runOut()).toEqual([3, 4]);
  await rig.resume(workflowNo, { dryRun: false, all: true });
  await rig.passBackOffs();
  expect(await runOut()).toEqual([1, 2]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a settle names no paused job to a broker, and the others that it frees by row', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, { parents: [0] }, { parents: [0] }, { parents: [0] }] });
  const [root] = (await rig.lease(session, 1)) as [GrantedJob];
  await rig.pauseJobs(workflowNo, only(2));
  const settled = await rig.settle(batchOf(session, [{ job: root, end: {} }]));
  expect(settled).toMatchObject({ applied: 1, classes: [expect.any(Number)], rows: [{ jobs: 2 }] });
  expect(await runOut()).toEqual([1, 3]);
  await rig.resumeJobs(workflowNo, only(2));
  expect(await runOut()).toEqual([2]);
});

test('of a failed parent, what is paused below is pruned, and what runs after it comes paused', async () => {
  const workflowNo = await rig.submit({
    jobs: [{}, { parents: [0] }, { endedParents: [0] }, { endedParents: [0] }],
    retry: { job: { retries: 0 } },
  });
  const jobs = await rig.lease(session, 1);
  await rig.pauseJobs(workflowNo, only(1, 2));
  await rig.end(session, jobs, failed);
  expect(await runOut()).toEqual([3]);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1, '3/0': 1, '4/1': 1, '4/5': 1 });
  expect(await rig.resumeJobs(workflowNo, {})).toMatchObject({ answer: { chosen: [{ counts: { total: 1 } }] } });
  expect(await runOut()).toEqual([2]);
});

type Kind = 'workflow' | 'label' | 'job';
const kinds: readonly Kind[] = ['workflow', 'label', 'job'];
const pause = (kind: Kind, workflowNo: string): Promise<unknown> =>
  kind === 'job'
    ? rig.pauseJobs(workflowNo, only(0))
    : rig.pause(workflowNo, { dryRun: false, ...(kind === 'label' && { labels: ['a'] }) });
const resume = (kind: Kind, workflowNo: string): Promise<unknown> =>
  kind === 'job'
    ? rig.resumeJobs(workflowNo, only(0))
    : rig.resume(workflowNo, { dryRun: false, ...(kind === 'label' && { labels: ['a'] }) });
/** What may be leased while these pauses stand, of 0 and 1 of label a, 2 of label b. */
const offeredUnder = (held: ReadonlySet<Kind>): number[] =>
  [0, 1, 2].filter(
    (ordinal) => !held.has('workflow') && !(held.has('label') && ordinal < 2) && !(held.has('job') && ordinal === 0),
  );
const orders = kinds.flatMap((one) =>
  kinds
    .filter((other) => other !== one)
    .map((other): Kind[] => [one, other, ...kinds.filter((k) => k !== one && k !== other)]),
);

test.each(orders.flatMap((on) => [on, on.toReversed()].map((off) => [on.join(), off.join(), on, off] as const)))(
  'pauses in the order %s and resumes in the order %s: a job waits while one of them holds it',
  async (_on, _off, on, off) => {
    const workflowNo = await rig.submit({
      jobs: [{ label: 'a' }, { label: 'a' }, { label: 'b' }],
      retry: { a: { retries: 1, backoffSec: 60 } },
    });
    const [first] = (await rig.lease(session, 1)) as [GrantedJob];
    await rig.end(session, [first], failed); // 0 is held
    const held = new Set<Kind>();
    for (const [order, kind] of [...on.map((k) => [pause, k] as const), ...off.map((k) => [resume, k] as const)]) {
      await order(kind, workflowNo);
      if (order === pause) held.add(kind);
      else held.delete(kind);
      expect(await rig.faults()).toEqual([]);
      const offered = await rig.query(
        `select o.ordinal from ready r cross join lateral unnest(r.ordinals) as o(ordinal) where not r.paused
         union all select h.ordinal from held h where not h.paused order by 1`,
      );
      expect(offered.flat()).toEqual(offeredUnder(held));
    }
  },
);

test('resume of all takes back every kind of pause at once', async () => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }, { label: 'b' }, { label: 'b' }] });
  for (const kind of kinds) await pause(kind, workflowNo);
  expect(await leaseAll()).toEqual([]);
  expect(await rig.resume(workflowNo, { dryRun: true, all: true })).toMatchObject({ changed: true });
  expect(await leaseAll()).toEqual([]);
  expect(await rig.resume(workflowNo, { dryRun: false, all: true })).toMatchObject({
    ...{ changed: true, classes: [expect.any(Number)] },
    answer: { state: 'running', pausedAt: null, pausedJobs: 0, tasks: [{ paused: false }, { paused: false }] },
  });
  expect(await runOut()).toEqual([0, 1, 2]);
});

test('paused jobs are cancelled like others, alone and with their workflow, and a retry of them runs', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, {}, { parents: [0] }], final: 'always' });
  await rig.pauseJobs(workflowNo, only(0, 1, 3));
  expect(await rig.cancelJobs(workflowNo, only(1))).toMatchObject({ answer: { ends: 1 } });
  expect(await runOut()).toEqual([2]);
  await rig.cancel(workflowNo);
  expect(await rig.pauseJobs(workflowNo, {})).toMatchObject({ changed: false, cancelRequested: true });
  await rig.runCommands();
  expect(await runOut()).toEqual([4]); // the final job
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
  expect(await rig.resumeJobs(workflowNo, {})).toMatchObject({ changed: false, state: 'cancelled' });
  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await runOut()).toEqual([0, 1, 3, 4]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a job that ended under its pause is not paused when its workflow is retried', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}], retry: { job: { retries: 0 } } });
  const jobs = await rig.lease(session, 2);
  await rig.pauseJobs(workflowNo, {});
  await rig.end(session, jobs, failed);
  expect(await rig.workflowState(workflowNo)).toBe('failed');
  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await runOut()).toEqual([0, 1]);
});

test('a final job waits for paused jobs and is never meant by a filter', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}], final: 'success' });
  expect((await rig.pauseJobs(workflowNo, only(1, 2)))?.answer.pausedJobs).toBe(1);
  expect(await runOut()).toEqual([0]);
  expect(await rig.workflowState(workflowNo)).toBe('running');
  await rig.resumeJobs(workflowNo, {});
  expect(await runOut()).toEqual([1, 2]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a workflow that fails fast ends with its paused jobs in it', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, {}], onFailure: 'failFast', final: 'always' });
  const [first] = await rig.lease(session, 1);
  await rig.pauseJobs(workflowNo, {});
  await rig.end(session, first ? [first] : [], { outcome: 'failed', reason: 'rejected' });
  await rig.runCommands();
  expect(await runOut()).toEqual([3]);
  expect(await rig.workflowState(workflowNo)).toBe('failed');
});

test('a row that a broker has looked at is not granted once a job of it is paused', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const plan = await planOfNow();
  await rig.pauseJobs(workflowNo, only(0));
  expect(await rig.leases.grant(plan)).toEqual([]);
  await rig.resumeJobs(workflowNo, only(0));
  expect(await rig.leases.grant(plan)).toEqual([]); // the row is another one since
  expect(await runOut()).toEqual([0, 1]);
});

test('of brokers that lease while jobs are paused, none gets a paused one after the answer, and none is lost', async () => {
  const jobs = 400;
  const meant = (ordinal: number): boolean => ordinal % 3 === 0;
  for (let round = 0; round < 5; round += 1) {
    const workflowNo = await rig.submit({ jobs: Array.from({ length: jobs }, () => ({})) });
    const filter = only(...Array.from({ length: jobs }, (_, no) => no).filter(meant));
    let leasing = true;
    const granted: GrantedJob[] = [];
    const brokers = Array.from({ length: 3 }, async () => {
      while (leasing) granted.push(...(await rig.lease(session, 7)));
    });
    const paused = await rig.pauseJobs(workflowNo, filter);
    const goesOn = paused?.answer.chosen?.[0]?.counts.leased ?? 0;
    for (let tries = 0; tries < 200; tries += 1) {
      const more = await rig.lease(session, 7);
      expect(more.filter(({ ordinal }) => meant(ordinal))).toEqual([]);
      granted.push(...more);
      if (more.length === 0) break;
    }
    leasing = false;
    await Promise.all(brokers);
    expect(granted.filter(({ ordinal }) => meant(ordinal))).toHaveLength(goesOn);
    expect(new Set(ordinalsOf(granted)).size).toBe(granted.length);
    await rig.end(session, granted);
    await rig.resumeJobs(workflowNo, {});
    expect((await runOut()).length + granted.length).toBe(jobs);
  }
}, 120_000);

test('back-offs that end while their jobs are paused lead to no lease', async () => {
  for (let round = 0; round < 5; round += 1) {
    const workflowNo = await rig.submit({
      jobs: Array.from({ length: 200 }, () => ({})),
      retry: { job: { retries: 1, backoffSec: 60 } },
    });
    await rig.end(session, await leaseAll(), failed);
    await rig.query("update held set due_at = now() - interval '1 second'");
    await Promise.all([
      rig.pauseJobs(workflowNo, {}),
      rig.transitions.releaseHeld(),
      rig.transitions.releaseHeld(),
      rig.lease(session, 5).then((jobs) => rig.end(session, jobs)),
    ]);
    await rig.transitions.releaseHeld();
    expect(await leaseAll()).toEqual([]);
    await rig.resumeJobs(workflowNo, {});
    await rig.transitions.releaseHeld();
    await runOut();
    expect(await rig.workflowState(workflowNo)).toBe('done');
  }
}, 60_000);

test('50,000 jobs of 100,000 are paused in orders of 20,000, and all resumed in one, within the 5 s of a transaction', async () => {
  const workflowNo = await rig.submit({
    jobs: Array.from({ length: 100_000 }, (_, no) => ({ label: no % 2 === 0 ? 'a' : 'b' })),
  });
  const chosen: (number | undefined)[] = [];
  for (let more = true; more;) {
    const answer = (await rig.pauseJobs(workflowNo, { labels: ['b'], states: ['ready'] }))?.answer;
    chosen.push(answer?.chosen?.[0]?.counts.total);
    more = answer?.more ?? false;
  }
  expect(chosen).toEqual([20_000, 20_000, 10_000]);
  expect(await rig.query('select sum(jobs)::int from ready where paused')).toEqual([[50_000]]);
  expect(await rig.resume(workflowNo, { dryRun: false, all: true })).toMatchObject({ changed: true });
  expect(await rig.query('select sum(jobs)::int from ready where not paused')).toEqual([[100_000]]);
  await rig.query('analyze'); // else the check of the books walks all jobs for each
}, 60_000);
