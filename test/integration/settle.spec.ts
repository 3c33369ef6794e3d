/** Goal: the promises of settling, each by itself, in the sizes and orders that break naive engines. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { PostgresSettleStore, PostgresTransitionStore } from '#adapter-postgres';
import { jobId } from '#contracts';
import { outcomeCode } from '#core';
import {
  pruneRest,
  settleBatches,
  StoreUnavailable,
  type GrantedJob,
  type SettleStore,
  type SettleTransaction,
} from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres, type TrialJob } from '#test-kit';

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
afterEach(() => rig.close());

const many = (count: number, job: (no: number) => TrialJob): TrialJob[] =>
  Array.from({ length: count }, (_, no) => job(no));

const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, no) => no);

/** Runs everything that is ready, wave after wave, until nothing is. */
async function runAll(): Promise<void> {
  for (let jobs = await rig.lease(session, 1_000); jobs.length > 0; jobs = await rig.lease(session, 1_000)) {
    await rig.end(session, jobs);
  }
}

const byOrdinal = (jobs: GrantedJob[]): GrantedJob[] => jobs.sort((a, b) => a.ordinal - b.ordinal);

const failed = { outcome: 'failed', reason: 'error', exitCode: 1 } as const;

test('a batch with a finished and a failed parent of one child prunes the child', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, { parents: [0, 1] }] });
  const [first, second] = byOrdinal(await rig.lease(session, 2)) as [GrantedJob, GrantedJob];
  await rig.settle(
    batchOf(session, [
      { job: first, end: {} },
      { job: second, end: failed },
    ]),
  );
  expect(await rig.census(workflowNo)).toEqual({ '3/0': 1, '4/1': 1, '4/5': 1 });
  expect(await rig.workflowState(workflowNo)).toBe('partial');
  expect(await rig.faults()).toEqual([]);
});

test('a late failure of attempt 1 leaves attempt 2 running', async () => {
  const workflowNo = await rig.submit({ jobs: [{}], retry: { job: { retries: 1 } } });
  const [first] = (await rig.lease(session, 1)) as [GrantedJob];
  await rig.end(session, [first], { outcome: 'failed', reason: 'lost' });
  const [second] = (await rig.lease(session, 1)) as [GrantedJob];
  expect(second.attempt).toBe(2);
  const late = await rig.settle(batchOf(session, [{ job: first, end: failed }]));
  expect(late.verdicts[0]).toMatchObject({ duplicate: [], stale: [0] });
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 1 });
  await rig.end(session, [second]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
  expect(await rig.faults()).toEqual([]);
});

test('a wrong token is stale, before and after the attempt ended', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  const [job] = (await rig.lease(session, 1)) as [GrantedJob];
  const forged = { ...job, token: job.token.split('').reverse().join('') };
  const before = await rig.settle(batchOf(session, [{ job: forged, end: {} }]));
  expect(before.verdicts[0]).toMatchObject({ duplicate: [], stale: [0] });
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 1 });
  await rig.end(session, [job]);
  const after = await rig.settle(batchOf(session, [{ job: forged, end: {} }]));
  expect(after.verdicts[0]).toMatchObject({ duplicate: [], stale: [0] });
  const again = await rig.settle(batchOf(session, [{ job, end: {} }]));
  expect(again.verdicts[0]).toMatchObject({ duplicate: [0], stale: [] });
});

test('an attempt that its worker says ended otherwise the second time is a duplicate: the first end stands', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, {}], retry: { job: { retries: 3 } } });
  const [first, second, third] = byOrdinal(await rig.lease(session, 3)) as [GrantedJob, GrantedJob, GrantedJob];
  await rig.settle(
    batchOf(
      session,
      [first, second, third].map((job, no) => ({ job, end: no === 1 ? failed : {} })),
    ),
  );
  const before = await rig.query('select * from attempt order by ordinal');
  const otherwise = batchOf(session, [
    { job: first, end: failed },
    { job: second, end: {} },
    { job: third, end: { outcome: 'returned' } },
    { job: { ...third, attempt: 2 }, end: {} },
  ]);
  expect((await rig.settle(otherwise)).verdicts[0]).toMatchObject({ duplicate: [0, 1, 2], stale: [3] });
  expect(await rig.query('select * from attempt order by ordinal')).toEqual(before);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1, '3/0': 2 });
  await rig.passBackOffs();
  expect(await rig.lease(session, 1)).toMatchObject([{ ordinal: 1, attempt: 2 }]); // also while another attempt runs
  expect((await rig.settle(otherwise)).verdicts[0]).toMatchObject({ duplicate: [0, 1, 2], stale: [3] });
});

test('of one attempt told twice in one batch, otherwise the second time, one end counts and one is a duplicate', async () => {
  await rig.submit({ jobs: [{}] });
  const [job] = (await rig.lease(session, 1)) as [GrantedJob];
  const settled = await rig.settle(
    batchOf(session, [
      { job, end: {} },
      { job, end: failed },
    ]),
  );
  expect(settled).toMatchObject({ applied: 1, verdicts: [{ duplicate: [1], stale: [] }] });
  expect(await rig.query('select outcome from attempt')).toEqual([[outcomeCode.finished]]);
});

test('an event about a workflow of another partition is stale and changes nothing', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  const [job] = (await rig.lease(session, 1)) as [GrantedJob];
  const batch = batchOf(session, [{ job, end: {} }]);
  const settled = await rig.settle({ ...batch, partition: (batch.partition + 1) % 16 });
  expect(settled.verdicts[0]?.stale).toEqual([0]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 1 });
});

test('a lost COMMIT is safe to repeat: the second time everything is a duplicate', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, { parents: [0, 1] }] });
  const jobs = await rig.lease(session, 2);
  const batch = batchOf(
    session,
    jobs.map((job) => ({ job, end: {} })),
  );
  const losing: SettleStore = {
    settle: async <T>(partition: number, work: (tx: SettleTransaction) => Promise<T>): Promise<T> => {
      await rig.settles.settle(partition, work);
      throw new StoreUnavailable('settle');
    },
  };
  await expect(settleBatches(losing, batch.partition, [batch])).rejects.toThrow(StoreUnavailable);
  const again = await settleBatches(rig.settles, batch.partition, [batch]);
  expect(again.applied).toBe(0);
  expect(again.verdicts[0]?.duplicate).toEqual([0, 1]);
  const [remembered] = await rig.sessions.verdicts([batch.batchId]);
  expect(remembered).toMatchObject({ events: 2, duplicate: [], stale: [] });
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1, '3/0': 2 });
  expect(await rig.faults()).toEqual([]);
});

test('an event that can never be applied goes to dead_letter alone, the good ones of its message count', async () => {
  const workflowNo = await rig.submit({ jobs: many(20, () => ({})) });
  const jobs = await rig.lease(session, 20);
  const good = batchOf(
    session,
    jobs.slice(0, 10).map((job) => ({ job, end: {} })),
  );
  const mixed = batchOf(
    session,
    jobs.slice(10).map((job) => ({ job, end: {} })),
  );
  const bad = mixed.events[3];
  if (!bad) throw new Error('ten events have a fourth');
  bad.job = jobId(workflowNo, 9_999_999_999); // no integer of PostgreSQL
  const settled = await rig.settle([good, mixed]);
  expect(settled).toMatchObject({ applied: 19, setAside: 1 });
  expect(settled.verdicts).toMatchObject([{ stale: [] }, { events: 10, duplicate: [], stale: [3] }]);
  expect(await rig.sessions.verdicts([mixed.batchId])).toMatchObject([{ events: 10, duplicate: [], stale: [3] }]);
  const letters = await rig.query('select body, reason from dead_letter');
  expect(letters).toHaveLength(1);
  expect(JSON.parse(String(letters[0]?.[0]))).toMatchObject({ batchId: mixed.batchId, events: [bad] });
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 1, '3/0': 19 });
  expect(await rig.faults()).toEqual([]);
});

test('a lease that can never be right sets only its own events aside', async () => {
  await rig.submit({ jobs: many(4, () => ({})) });
  const jobs = await rig.lease(session, 4);
  const ends = jobs.map((job, no) => ({ job: no === 0 ? { ...job, leaseId: '9999999999999999999' } : job, end: {} }));
  expect(await rig.settle(batchOf(session, ends))).toMatchObject({ applied: 3, setAside: 1 });
});

test('a batch of no events that can not be remembered is set aside, and the next one counts', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  const good = batchOf(
    session,
    (await rig.lease(session, 1)).map((job) => ({ job, end: {} })),
  );
  const settled = await rig.settle([{ ...good, batchId: randomUUID(), session: 'nobody', events: [] }, good]);
  expect(settled).toMatchObject({ applied: 1, setAside: 1 });
  expect(await rig.query('select count(*)::int from dead_letter')).toEqual([[1]]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a message with NUL in it is kept, readable', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  await rig.end(session, await rig.lease(session, 1), { ...failed, message: 'core\0dumped' });
  expect(await rig.query('select message from attempt')).toEqual([['core\u2400dumped']]);
  expect(await rig.workflowState(workflowNo)).toBe('failed');
});

test('retries wait for their back-off, and are released when it is over and not before', async () => {
  const workflowNo = await rig.submit({ jobs: many(3, () => ({})), retry: { job: { retries: 1, backoffSec: 60 } } });
  const jobs = await rig.lease(session, 3);
  const settled = await rig.settle(
    batchOf(
      session,
      jobs.map((job) => ({ job, end: failed })),
    ),
  );
  expect(settled.heldSec).toBeGreaterThanOrEqual(60);
  expect(settled.heldSec).toBeLessThan(90);
  const early = await rig.transitions.releaseHeld();
  expect(early.classes).toEqual([]);
  expect(early.nextSec).toBeGreaterThan(50);
  expect(await rig.lease(session, 3)).toEqual([]);
  await rig.passBackOffs();
  expect((await rig.lease(session, 3)).map((job) => job.attempt)).toEqual([2, 2, 2]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 3 });
  expect(await rig.faults()).toEqual([]);
});

test('100,000 parents of one job free it once, with the last of them', async () => {
  const parents = 100_000;
  const workflowNo = await rig.submit({ jobs: [...many(parents, () => ({})), { parents: numbersTo(parents) }] });
  for (let settled = 0; settled < parents;) {
    const jobs = await rig.lease(session, 1_000);
    expect(jobs.map((job) => job.ordinal)).not.toContain(parents);
    await rig.end(session, jobs);
    settled += jobs.length;
  }
  expect((await rig.lease(session, 2)).map((job) => job.ordinal)).toEqual([parents]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 1, '3/0': parents });
}, 120_000);

test('100,000 children of one job become ready in one transaction', async () => {
  const children = 100_000;
  const workflowNo = await rig.submit({ jobs: [{}, ...many(children, () => ({ parents: [0] }))] });
  const [root] = await rig.lease(session, 1);
  await rig.end(session, root ? [root] : []);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': children, '3/0': 1 });
  expect(await rig.faults()).toEqual([]);
}, 120_000);

test('160,000 descendants are pruned, in more than one short transaction', async () => {
  const width = 1_000;
  const descendants = 160_000;
  const jobs = many(descendants, (no) => ({ parents: no < width ? [0] : [no + 1 - width, ((no * 7) % width) + 1] }));
  const workflowNo = await rig.submit({ jobs: [{}, ...jobs] });
  const [root] = await rig.lease(session, 1);
  await rig.end(session, root ? [root] : [], failed);
  expect((await rig.census(workflowNo))['4/5']).toBeLessThan(descendants);
  await rig.runCommands();
  expect(await rig.census(workflowNo)).toEqual({ '4/1': 1, '4/5': descendants });
  expect(await rig.workflowState(workflowNo)).toBe('failed');
  expect(await rig.faults()).toEqual([]);
}, 180_000);

test('a prune above its bound goes on by command, and nothing of it runs meanwhile', async () => {
  const limits = { pruneJobsMax: 10, childrenMax: 1_000 };
  const store = new PostgresSettleStore(rig.database, limits);
  const transitions = new PostgresTransitionStore(rig.database, limits);
  const workflowNo = await rig.submit({
    jobs: [{}, ...many(45, (no) => ({ parents: [no] })), { endedParents: [45] }, { parents: [45], endedParents: [0] }],
  });
  const jobs = await rig.lease(session, 1);
  const batch = batchOf(
    session,
    jobs.map((job) => ({ job, end: failed })),
  );
  const settled = await settleBatches(store, batch.partition, [batch]);
  expect(settled.ordered).toBe(true);
  expect(await rig.census(workflowNo)).toEqual({ '0/0': 37, '4/1': 1, '4/5': 10 });
  expect(await rig.lease(session, 10)).toEqual([]);
  expect(await rig.faults()).toEqual([]);
  for (let [command] = await transitions.nextCommands([batch.partition]); command;) {
    await pruneRest(transitions, command);
    [command] = await transitions.nextCommands([batch.partition]);
  }
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1, '4/1': 1, '4/5': 46 });
  await runAll();
  expect(await rig.workflowState(workflowNo)).toBe('partial');
  expect(await rig.faults()).toEqual([]);
});

test('children that take longer at once than a statement may are counted down in parts', async () => {
  const [width, childrenMax] = [5_000, 1_000];
  const children = many(width, (no) => ({ parents: no % 2 === 0 ? [0, 1] : [0], label: no % 3 === 0 ? 'a' : 'b' }));
  const gate: TrialJob = { kind: 'barrier', parents: [0, 1] };
  const workflowNo = await rig.submit({ jobs: [{}, {}, ...children, gate, { parents: [width + 2] }] });
  const roots = await rig.lease(session, 2);
  // Stands for the clock: what moves many more rows than a part has is cut off, as by statement_timeout.
  await rig.client.query(`
    create function cut_off() returns trigger language plpgsql as $$
    begin
      if (select count(*) from moved) > 2000 then
        raise exception 'too long' using errcode = 'query_canceled';
      end if;
      return null;
    end $$;
    create trigger cut_off after update on job_state referencing new table as moved
    for each statement execute function cut_off()`);
  const store = new PostgresSettleStore(rig.database, { pruneJobsMax: 10, childrenMax });
  const batch = batchOf(
    session,
    roots.map((job) => ({ job, end: {} })),
  );
  const settled = await settleBatches(store, batch.partition, [batch]);
  expect(settled).toMatchObject({ applied: 2, ordered: false });
  expect(await rig.census(workflowNo)).toEqual({ '1/0': width + 1, '3/0': 3 });
  expect(await rig.faults()).toEqual([]);
  await runAll();
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a bound that one workflow uses up leaves the prune of another to its command', async () => {
  const store = new PostgresSettleStore(rig.database, { pruneJobsMax: 5, childrenMax: 1_000 });
  const chain = [{}, ...many(20, (no) => ({ parents: [no] }))];
  const first = await rig.submit({ jobs: chain });
  await rig.query("select setval('workflow_id_seq', $1)", [Number(first) + 15]);
  const second = await rig.submit({ jobs: chain });
  const jobs = await rig.lease(session, 2);
  const batch = batchOf(
    session,
    jobs.map((job) => ({ job, end: failed })),
  );
  await settleBatches(store, batch.partition, [batch]);
  await rig.runCommands();
  expect(await Promise.all([first, second].map((no) => rig.workflowState(no)))).toEqual(['failed', 'failed']);
  expect(await rig.faults()).toEqual([]);
});

test.each(['always', 'success'] as const)(
  'a final job (%s) that shares template and label with the others is released',
  async (final) => {
    const workflowNo = await rig.submit({ jobs: [{}, { parents: [0] }], final, finalLabel: 'job' });
    for (const ordinal of [0, 1, 2]) {
      const jobs = await rig.lease(session, 10);
      expect(jobs.map((job) => job.ordinal)).toEqual([ordinal]);
      await rig.end(session, jobs);
    }
    expect(await rig.workflowState(workflowNo)).toBe('done');
  },
);

test('a chain of 10,000 barriers is passed, in transactions of 5 s at most', async () => {
  const barriers = 10_000;
  const chain = many(barriers, (no) => ({ kind: 'barrier' as const, parents: [no] }));
  const workflowNo = await rig.submit({ jobs: [{}, ...chain, { parents: [barriers] }] });
  const [root] = await rig.lease(session, 1);
  await rig.end(session, root ? [root] : []);
  await rig.runCommands();
  expect((await rig.lease(session, 2)).map((job) => job.ordinal)).toEqual([barriers + 1]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 1, '3/0': barriers + 1 });
  expect(await rig.faults()).toEqual([]);
}, 180_000);

test('a chain of 2,000 jobs runs to its end, one job at a time', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, ...many(1_999, (no) => ({ parents: [no] }))] });
  await runAll();
  expect(await rig.workflowState(workflowNo)).toBe('done');
  expect(await rig.faults()).toEqual([]);
}, 120_000);

test('with failFast the first failure for good stops leasing at once, and the workflow ends failed', async () => {
  const workflowNo = await rig.submit({
    jobs: [...many(50, () => ({})), { parents: [0] }],
    final: 'always',
    onFailure: 'failFast',
  });
  const [first, second, third] = byOrdinal(await rig.lease(session, 3)) as [GrantedJob, GrantedJob, GrantedJob];
  await rig.end(session, [third]);
  const settled = await rig.settle(
    batchOf(session, [
      { job: first, end: {} },
      { job: second, end: failed },
    ]),
  );
  expect(settled.ordered).toBe(true);
  expect(await rig.lease(session, 10)).toEqual([]);
  await rig.runCommands();
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1, '3/0': 2, '4/1': 1, '4/4': 48 });
  const final = await rig.lease(session, 10);
  expect(final.map((job) => job.ordinal)).toEqual([51]);
  await rig.end(session, final);
  expect(await rig.workflowState(workflowNo)).toBe('failed');
  expect(await rig.faults()).toEqual([]);
});

test('with failFast a failure that is retried stops nothing', async () => {
  const workflowNo = await rig.submit({
    jobs: [{}, {}],
    retry: { job: { retries: 1 } },
    onFailure: 'failFast',
  });
  const jobs = await rig.lease(session, 2);
  await rig.end(session, jobs, failed);
  expect((await rig.lease(session, 2)).map((job) => job.attempt)).toEqual([2, 2]);
  expect(await rig.workflowState(workflowNo)).toBe('running');
});

test('when more retries are due than one statement lets go, the rest is due at once', async () => {
  const jobs = 10_050;
  await rig.submit({ jobs: many(jobs, () => ({})), retry: { job: { retries: 1, backoffSec: 60 } } });
  for (let left = jobs; left > 0; left -= 1_050) await rig.end(session, await rig.lease(session, 1_050), failed);
  await rig.query("update held set due_at = due_at - interval '1 day'");
  expect(await rig.transitions.releaseHeld()).toMatchObject({ nextSec: 0 });
  expect(await rig.transitions.releaseHeld()).toMatchObject({ classes: [expect.any(Number)], nextSec: null });
  expect(await rig.query('select sum(jobs)::int from ready')).toEqual([[jobs]]);
  expect(await rig.faults()).toEqual([]);
}, 60_000);
