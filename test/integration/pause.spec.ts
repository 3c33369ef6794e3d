/** Goal: once a pause has answered nothing of its workflow is leased, nothing is lost by it, and a resume gives all back. */
import { expect, test } from '@jest/globals';
import type { GrantedJob, PauseOutcome } from '#engine';
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

openRigForEachTest();

const countsOf = (outcome: PauseOutcome | null): object | undefined => outcome?.answer.counts;

test('what runs goes on, what it frees and what fails for a while waits, and counts always sum', async () => {
  const workflowNo = await rig.submit({
    jobs: [{}, {}, {}, {}, { parents: [0] }, { kind: 'barrier', parents: [0] }, { parents: [5] }],
    retry: { job: { retries: 2, backoffSec: 60 } },
  });
  const [first, second] = (await rig.lease(session, 2)) as [GrantedJob, GrantedJob];
  const paused = await rig.pause(workflowNo);
  expect(paused).toMatchObject({ state: 'running', changed: true, answer: { state: 'paused', dryRun: false } });
  expect(countsOf(paused)).toEqual({ total: 7, waiting: 3, ready: 2, leased: 2, finished: 0, failed: 0 });
  await rig.end(session, [first]); // frees 4, and 6 through a barrier
  await rig.end(session, [second], failed); // held
  await rig.passBackOffs();
  expect(await leaseAll()).toEqual([]);
  const again = await rig.pause(workflowNo);
  expect(again).toMatchObject({ state: 'paused', changed: false, answer: { state: 'paused' } });
  expect(again?.answer.pausedAt).toBe(paused?.answer.pausedAt);
  expect(countsOf(again)).toEqual({ total: 7, waiting: 0, ready: 5, leased: 0, finished: 2, failed: 0 });
  expect(await rig.resume(workflowNo)).toMatchObject({ changed: true, answer: { state: 'running', pausedAt: null } });
  expect(ordinalsOf(await leaseAll())).toEqual([2, 3, 4, 6]);
  await rig.passBackOffs();
  expect(ordinalsOf(await leaseAll())).toEqual([1]);
});

test('a row that a broker has looked at, or was told of, is not granted once its workflow is paused', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const plan = await planOfNow();
  await rig.pause(workflowNo);
  expect(await rig.leases.grant(plan)).toEqual([]);
  await rig.resume(workflowNo);
  expect(await rig.leases.grant(plan)).toHaveLength(2);
});

test('a settle in a paused workflow names no class and no row to the brokers', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, { parents: [0] }, {}, { parents: [2] }] });
  const [first, third] = (await leaseAll()) as [GrantedJob, GrantedJob];
  await rig.pause(workflowNo);
  const settle = (job: GrantedJob) => rig.settle(batchOf(session, [{ job, end: {} }]));
  expect(await settle(first)).toMatchObject({ applied: 1, classes: [], rows: [] });
  await rig.resume(workflowNo);
  expect(await settle(third)).toMatchObject({ applied: 1, classes: [expect.any(Number)], rows: [{ jobs: 1 }] });
  expect(await runOut()).toHaveLength(2);
});

test('of four brokers that lease while a pause comes, none gets a job after it has answered', async () => {
  const jobs = 400;
  for (let round = 0; round < 15; round += 1) {
    const workflowNo = await rig.submit({ jobs: Array.from({ length: jobs }, () => ({})) });
    let leasing = true;
    const granted: GrantedJob[] = [];
    const brokers = Array.from({ length: 4 }, async () => {
      while (leasing) granted.push(...(await rig.lease(session, 7)));
    });
    const paused = await rig.pause(workflowNo);
    const leasedBefore = paused?.answer.counts.leased;
    const held = paused?.answer.counts.ready ?? 0;
    for (let tries = 0; tries < 5; tries += 1) expect(await rig.lease(session, 7)).toEqual([]);
    leasing = false;
    await Promise.all(brokers);
    expect([granted.length, granted.length + held]).toEqual([leasedBefore, jobs]);
    await rig.resume(workflowNo);
    await rig.end(session, granted);
    expect(await runOut()).toHaveLength(held);
    expect(await rig.workflowState(workflowNo)).toBe('done');
  }
}, 120_000);

test('back-offs that end while a pause comes lead to no lease', async () => {
  for (let round = 0; round < 20; round += 1) {
    const workflowNo = await rig.submit({
      jobs: Array.from({ length: 200 }, () => ({})),
      retry: { job: { retries: 1, backoffSec: 60 } },
    });
    await rig.end(session, await leaseAll(), failed);
    await rig.query("update held set due_at = now() - interval '1 second'");
    await Promise.all([
      rig.pause(workflowNo),
      rig.transitions.releaseHeld(),
      rig.transitions.releaseHeld(),
      rig.lease(session, 5).then((jobs) => rig.end(session, jobs)),
    ]);
    await rig.transitions.releaseHeld();
    expect(await leaseAll()).toEqual([]);
    await rig.resume(workflowNo);
    await rig.transitions.releaseHeld();
    await runOut();
    expect(await rig.workflowState(workflowNo)).toBe('done');
  }
}, 60_000);

test.each(['pause', 'resume'] as const)('a dry run of %s tells what it would do and does nothing', async (verb) => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }, { label: 'b', parents: [0] }, { label: 'b' }] });
  await rig.lease(session, 1);
  if (verb === 'resume') await rig.pause(workflowNo);
  const before = await books();
  const rehearsed = await rig[verb](workflowNo, { dryRun: true });
  expect(await books()).toEqual(before);
  const done = await rig[verb](workflowNo);
  const { dryRun, pausedAt, ...told } = rehearsed?.answer ?? { dryRun: false, pausedAt: null };
  expect([dryRun, typeof pausedAt]).toEqual([true, typeof done?.answer.pausedAt]);
  expect(done?.answer).toMatchObject({ ...told, changed: true, state: verb === 'pause' ? 'paused' : 'running' });
});

const books = (): Promise<unknown> =>
  rig.query(
    `select
       (select json_agg(to_jsonb(t) order by id) from workflow t),
       (select json_agg(to_jsonb(t)) from workflow_control t),
       (select json_agg(to_jsonb(t) order by id) from ready t),
       (select json_agg(to_jsonb(t) order by ordinal) from held t),
       (select json_agg(to_jsonb(t) order by ordinal) from job_state t),
       (select json_agg(to_jsonb(t) order by id) from workflow_command t)`,
  );

test('a paused workflow whose last job ends has ended; a retry of it runs', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const jobs = await leaseAll();
  await rig.pause(workflowNo);
  await rig.end(session, jobs.slice(0, 1), failed);
  await rig.end(session, jobs.slice(1));
  expect(await rig.workflowState(workflowNo)).toBe('partial');
  expect(await rig.pause(workflowNo)).toMatchObject({ state: 'partial', changed: false });
  expect(await rig.resume(workflowNo)).toMatchObject({ state: 'partial', changed: false });
  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await runOut()).toHaveLength(1);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test.each(['waiting', 'ready', 'held', 'leased'])(
  'a cancel of a paused workflow ends it, and lets a %s final job run that runs always',
  async (state) => {
    const workflowNo = await rig.submit({
      jobs: [{}, ...(state === 'waiting' ? [{}] : [])],
      final: 'always',
      retry: { final: { retries: 2, backoffSec: 60 } },
    });
    if (state === 'waiting') await rig.lease(session, 1);
    else await rig.end(session, await leaseAll());
    if (state === 'held') await rig.end(session, await leaseAll(), failed);
    const leased = state === 'leased' ? await leaseAll() : [];
    await rig.pause(workflowNo);
    await rig.cancel(workflowNo);
    expect(await rig.workflowState(workflowNo)).toBe('running');
    expect(await rig.pause(workflowNo)).toMatchObject({ cancelRequested: true, changed: false });
    await rig.runCommands();
    await rig.passBackOffs();
    await rig.end(session, leased);
    expect(await runOut()).toHaveLength(state === 'leased' ? 0 : 1);
    expect(await rig.workflowState(workflowNo)).toBe(state === 'waiting' ? 'cancelled' : 'done');
  },
);

test('the final job of a paused workflow waits for the resume', async () => {
  const workflowNo = await rig.submit({ jobs: [{}], final: 'success' });
  const jobs = await leaseAll();
  await rig.pause(workflowNo);
  await rig.end(session, jobs);
  expect(await leaseAll()).toEqual([]);
  expect(await rig.workflowState(workflowNo)).toBe('paused');
  await rig.resume(workflowNo);
  expect(await runOut()).toHaveLength(1);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a failure in a paused workflow that fails fast cancels it, and nothing stays behind', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, { parents: [0] }], onFailure: 'failFast', final: 'always' });
  const [first] = await rig.lease(session, 1);
  await rig.pause(workflowNo);
  await rig.end(session, first ? [first] : [], { outcome: 'failed', reason: 'rejected' });
  await rig.runCommands();
  expect(await runOut()).toHaveLength(1);
  expect(await rig.workflowState(workflowNo)).toBe('failed');
});

test('200,000 ready jobs are paused and given back well within the 5 s of a transaction', async () => {
  const workflowNo = await rig.submit({ jobs: Array.from({ length: 200_000 }, () => ({})) });
  const begunMs = performance.now();
  await rig.pause(workflowNo);
  await rig.resume(workflowNo);
  expect(performance.now() - begunMs).toBeLessThan(5_000);
  expect(await rig.lease(session, 1_000)).toHaveLength(1_000);
}, 120_000);

const labelled = (labels: readonly string[]) => ({ dryRun: false, labels });
/** Ready jobs that may be handed out, by label. */
const offered = async (workflowNo: string): Promise<unknown> =>
  Object.fromEntries(
    await rig.query(
      `select t.label, sum(r.jobs)::int from ready r join task t on t.workflow_id = r.workflow_id and t.ordinal = r.task
       where r.workflow_id = $1 and not r.paused group by 1`,
      [workflowNo],
    ),
  );

test('a paused label is handed to nobody, whatever becomes ready of it; the others go on', async () => {
  const workflowNo = await rig.submit({
    jobs: [{ label: 'a' }, { label: 'b' }, { label: 'b' }, { label: 'b', parents: [0] }],
  });
  expect(await rig.pause(workflowNo, labelled(['b']))).toMatchObject({
    ...{ changed: true, state: 'running', unknownLabels: [] },
    answer: {
      labels: ['b'],
      tasks: [
        { label: 'a', paused: false },
        { label: 'b', paused: true },
      ],
    },
  });
  expect(await offered(workflowNo)).toEqual({ a: 1 });
  const jobs = await rig.lease(session, 10);
  expect(jobs.map(({ ordinal }) => ordinal)).toEqual([0]);
  await rig.end(session, jobs);
  await rig.passBackOffs();
  expect(await rig.lease(session, 10)).toEqual([]);
  expect(await rig.pause(workflowNo, labelled(['b']))).toMatchObject({ changed: false });
  expect(await rig.resume(workflowNo, labelled(['b']))).toMatchObject({ changed: true, classes: [expect.any(Number)] });
  expect((await rig.lease(session, 10)).map(({ ordinal }) => ordinal).sort()).toEqual([1, 2, 3]);
});

test('a label stays paused when its workflow is paused and resumed, and a workflow when a label is', async () => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }, { label: 'b' }, { label: 'c' }] });
  await rig.pause(workflowNo, labelled(['b']));
  await rig.pause(workflowNo);
  await rig.pause(workflowNo, labelled(['c']));
  expect(await rig.resume(workflowNo, labelled(['c']))).toMatchObject({ changed: true, answer: { state: 'paused' } });
  expect(await offered(workflowNo)).toEqual({});
  expect(await rig.resume(workflowNo)).toMatchObject({ changed: true, answer: { state: 'running' } });
  expect(await offered(workflowNo)).toEqual({ a: 1, c: 1 });
  expect(await rig.resume(workflowNo, labelled(['b']))).toMatchObject({ changed: true });
  expect(await offered(workflowNo)).toEqual({ a: 1, b: 1, c: 1 });
});

test('a retry that waits, and one that comes back, belong to the pause of their label', async () => {
  const workflowNo = await rig.submit({
    jobs: [{ label: 'a' }, { label: 'a' }],
    retry: { a: { retries: 3, backoffSec: 60 } },
  });
  const jobs = await rig.lease(session, 10);
  await rig.end(session, jobs.slice(0, 1), failed);
  await rig.pause(workflowNo, labelled(['a']));
  await rig.end(session, jobs.slice(1), failed);
  await rig.passBackOffs();
  expect(await rig.lease(session, 10)).toEqual([]);
  await rig.resume(workflowNo, labelled(['a']));
  await rig.passBackOffs();
  expect(await rig.lease(session, 10)).toHaveLength(2);
});

test('a cancel ends the pause of labels: a final job that runs always runs', async () => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }], final: 'always', finalLabel: 'last' });
  await rig.pause(workflowNo, labelled(['a', 'last']));
  await rig.cancel(workflowNo);
  await rig.runCommands();
  const jobs = await rig.lease(session, 10);
  expect(jobs).toHaveLength(1);
  await rig.end(session, jobs);
  expect(await rig.workflowState(workflowNo)).toBe('cancelled');
});

test('a label that is not there is told, and a dry run pauses none', async () => {
  const workflowNo = await rig.submit({ jobs: [{ label: 'a' }] });
  expect(await rig.pause(workflowNo, labelled(['a', 'nope']))).toMatchObject({
    changed: false,
    unknownLabels: ['nope'],
  });
  expect(await rig.resume(workflowNo, labelled(['nope']))).toMatchObject({ unknownLabels: ['nope'] });
  expect(await rig.pause(workflowNo, { dryRun: true, labels: ['a'] })).toMatchObject({
    ...{ changed: true, answer: { dryRun: true, tasks: [{ label: 'a', paused: true }] } },
  });
  expect(await offered(workflowNo)).toEqual({ a: 1 });
});
