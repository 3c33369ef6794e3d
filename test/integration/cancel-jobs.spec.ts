/** Goal: a cancel of some jobs ends just those and what waited for them; everything else of the workflow goes on. */
import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { queries } from '#adapter-postgres';
import type { JobFilter } from '#contracts';
import type { GrantedJob } from '#engine';
import { failed, openRigForEachTest, rig, session } from './rig-of-each-test.js';

openRigForEachTest();

const cancelled = async (workflowNo: string): Promise<unknown[]> =>
  (
    await rig.query('select ordinal from job_state where workflow_id = $1 and state = 4 and reason = 4 order by 1', [
      workflowNo,
    ])
  ).flat();

test('a label is ended in every open state, what waited for it is pruned, and the rest runs to its end', async () => {
  const workflowNo = await rig.submit({
    jobs: [
      ...[{ label: 'a' }, { label: 'b' }, { label: 'b' }, { label: 'b', parents: [0] }],
      ...[
        { label: 'c', parents: [1] },
        { label: 'c', endedParents: [2] },
        { label: 'c', parents: [0] },
      ],
    ],
  });
  const leased = await rig.lease(session, 2); // 0 and 1
  expect(leased.map(({ ordinal }) => ordinal).sort()).toEqual([0, 1]);
  const rehearsed = await rig.cancelJobs(workflowNo, { labels: ['b'] }, true);
  expect(rehearsed?.answer).toMatchObject({ dryRun: true, changed: true, ends: 3, prunes: 1, more: false });
  expect(await cancelled(workflowNo)).toEqual([]);
  const done = await rig.cancelJobs(workflowNo, { labels: ['b'] });
  expect(done?.answer).toEqual({ ...rehearsed?.answer, dryRun: false });
  expect(await cancelled(workflowNo)).toEqual([1, 2, 3]);
  expect(await rig.cancelJobs(workflowNo, { labels: ['b'] })).toMatchObject({ changed: false, answer: { ends: 0 } });
  await rig.end(session, leased); // the report of 1 is stale
  for (let jobs = await rig.lease(session, 9); jobs.length > 0; jobs = await rig.lease(session, 9)) {
    await rig.end(session, jobs);
  }
  expect(await rig.census(workflowNo)).toEqual({ '3/0': 3, '4/4': 3, '4/5': 1 });
  expect(await rig.workflowState(workflowNo)).toBe('partial');
});

test.each<[string, JobFilter, number[]]>([
  ['ready', { states: ['ready'] }, [2]],
  ['leased', { states: ['leased'] }, [0]],
  ['waiting', { states: ['waiting'] }, [3]],
  ['ended', { states: ['finished', 'failed'] }, []],
  ['at this site', { sites: ['here'] }, [0, 1]],
  ['at another site', { sites: ['there'] }, []],
  ['by reason', { reasons: ['site'] }, [1]],
  ['by exit code', { exitCodes: [7] }, [1]],
  ['by ordinal and state', { ordinals: [0, 2], states: ['ready', 'waiting'] }, [2]],
])('jobs are chosen as a filter means them: %s', async (what, filter, expected) => {
  const workflowNo = await rig.submit({
    jobs: [{}, {}, {}, { parents: [0] }],
    retry: { job: { retries: 3, infraRetries: 3, backoffSec: 60 } },
  });
  const jobs = await rig.lease(session, 2);
  await rig.end(
    session,
    jobs.filter(({ ordinal }) => ordinal === 1),
    { outcome: 'failed', reason: 'site', exitCode: 7 },
  );
  await rig.cancelJobs(workflowNo, filter);
  const ready = what === 'ready' ? [1, ...expected] : expected; // what waits for its back-off counts as ready
  expect(await cancelled(workflowNo)).toEqual(ready);
});

test('the final job of a workflow runs when all others were cancelled one by one', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}], final: 'always' });
  await rig.cancelJobs(workflowNo, { states: ['ready'] });
  const jobs = await rig.lease(session, 5);
  expect(jobs).toHaveLength(1);
  await rig.end(session, jobs);
  expect(await rig.workflowState(workflowNo)).toBe('partial');
  expect(await rig.cancelJobs(workflowNo, {})).toMatchObject({ state: 'partial', changed: false });
});

test('a grant under way takes the front of a row first: what it took is leased, of the rest nothing chosen is left', async () => {
  const workflowNo = await rig.submit({ jobs: Array.from({ length: 6 }, () => ({})) });
  const cancelling = () => rig.cancelJobs(workflowNo, { ordinals: [1, 4], states: ['ready'] });
  const [granted, done] = await cancelAmidGrant(3, cancelling);
  expect(granted.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
  expect(done?.answer).toMatchObject({ ends: 1 });
  expect(await cancelled(workflowNo)).toEqual([4]);
  expect(await rig.query('select ordinals, jobs from ready')).toEqual([[[3, 5], 2]]);
  expect((await rig.lease(session, 9)).map(({ ordinal }) => ordinal)).toEqual([3, 5]);
});

test('a grant under way that empties a row leaves its jobs leased', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const [granted, done] = await cancelAmidGrant(2, () => rig.cancelJobs(workflowNo, { states: ['ready'] }));
  expect([granted.length, done?.answer.ends]).toEqual([2, 0]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 2 });
});

test('back-offs that are released meanwhile leave nothing to hand out', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, {}], retry: { job: { retries: 3, backoffSec: 60 } } });
  await rig.end(session, await rig.lease(session, 3), failed);
  await rig.query("update held set due_at = now() - interval '1 second'");
  await rig.query('begin');
  await rig.query(queries.releaseHeld.text);
  const cancelling = rig.cancelJobs(workflowNo, { ordinals: [0, 2] });
  await untilLocksAreWaitedFor(1);
  await rig.query('commit');
  expect((await cancelling)?.answer).toMatchObject({ ends: 2 });
  expect(await rig.query('select ordinals, jobs from ready')).toEqual([[[1], 1]]);
  expect(await rig.query('select * from held')).toEqual([]);
});

/** Cancels while a grant has its ready rows locked, and waits for its lease row: another broker seems to write the same. */
async function cancelAmidGrant<T>(max: number, cancel: () => Promise<T>): Promise<[GrantedJob[], T]> {
  const requestId = 'under way';
  await rig.query('begin');
  await rig.query(
    `insert into lease (session_id, request_id, token, open, workflow_ids, ordinals, attempts)
     values ($1, $2, 'in the way', 0, '{}', '{}', '{}')`,
    [session, requestId],
  );
  const granting = rig.lease(session, max, requestId);
  await untilLocksAreWaitedFor(1);
  const cancelling = cancel();
  await untilLocksAreWaitedFor(2);
  await rig.query('rollback');
  return [await granting, await cancelling];
}

/** Waits until others wait for so many locks. */
async function untilLocksAreWaitedFor(count: number): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const [row] = await rig.query('select count(*)::int from pg_locks where not granted');
    if (Number(row?.[0]) >= count) return;
    await setTimeout(10);
  }
  throw new Error(`nobody waits for ${count} locks`);
}

test('25,000 jobs of 50,000 are cancelled in orders of 10,000, each well within the 5 s of a transaction', async () => {
  const workflowNo = await rig.submit({
    jobs: Array.from({ length: 50_000 }, (_, no) => ({ label: no % 2 === 0 ? 'a' : 'b' })),
  });
  const ends: (number | undefined)[] = [];
  for (let more = true; more;) {
    const outcome = await rig.cancelJobs(workflowNo, { labels: ['b'] });
    ends.push(outcome?.answer.ends);
    more = outcome?.answer.more ?? false;
  }
  expect(ends).toEqual([10_000, 10_000, 5_000]);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 25_000, '4/4': 25_000 });
  expect(await rig.query('select sum(jobs)::int from ready')).toEqual([[25_000]]);
  await rig.query('analyze'); // else the check of the books walks all jobs for each
}, 60_000);
