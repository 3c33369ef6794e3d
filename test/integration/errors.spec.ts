// Goal: what failed is found again: in groups that sum, by filters, and as events of which none is missed.
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@jest/globals';
import { Database, PostgresEventStore, PostgresFailureStore, PostgresReadStore } from '#adapter-postgres';
import { PublicEvent, type ErrorGroups, type JobFilter } from '#contracts';
import { eventsFrom, explainJob, listAttempts, listErrorGroups, pageEvents, type GrantedJob } from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres, type TrialEnd, type TrialJob } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let free: Database;
let failures: PostgresFailureStore;
let reads: PostgresReadStore;
let events: PostgresEventStore;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 60_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  free = await Database.connect({ url: rig.url, name: 'reads', connectionsMax: 2, planning: 'free' });
  failures = new PostgresFailureStore(free);
  reads = new PostgresReadStore(free);
  events = new PostgresEventStore(free);
});
afterEach(async () => {
  await free.close();
  await rig.close();
});

const noRetry = { retry: { work: { retries: 0, infraRetries: 0 }, last: { retries: 0 } } };
const work = (jobs: number): TrialJob[] => Array.from({ length: jobs }, () => ({ label: 'work' }));
const failed = (end: TrialEnd): TrialEnd => ({ outcome: 'failed', reason: 'error', ...end });

/** Leases all that is ready and ends each job as `endOf` says. */
async function runAll(session: string, endOf: (job: GrantedJob) => TrialEnd): Promise<void> {
  for (let jobs = await rig.lease(session, 1_000); jobs.length > 0; jobs = await rig.lease(session, 1_000)) {
    await rig.settle(
      batchOf(
        session,
        jobs.map((job) => ({ job, end: endOf(job) })),
      ),
    );
  }
}

const groups = async (workflowNo: string, filter: JobFilter = {}) =>
  (await listErrorGroups(failures, { workflowNo, groupsMax: 100, ...filter })).found;

const ordinals = async (workflowNo: string, filter: JobFilter): Promise<number[]> =>
  (await reads.jobs({ workflowNo, after: -1, rows: 10_000, ...filter })).map((job) => job.ordinal);

const endOf = ({ ordinal }: GrantedJob): TrialEnd => {
  if (ordinal % 10 === 0) return failed({ exitCode: 3, message: `cannot open /data/${ordinal}.fits` });
  if (ordinal % 10 === 1 && ordinal < 100)
    return failed({ reason: 'memory', signal: 'SIGKILL', message: `out of memory\n${ordinal}` });
  return {};
};

test('groups, pruned and cancelled sum to the failed jobs, and each group says what, where and how often', async () => {
  const jobs: TrialJob[] = [...work(200), { label: 'last', parents: [0] }, { label: 'last', parents: [1, 2] }];
  const workflowNo = await rig.submit({ jobs, ...noRetry });
  const [here, there] = [await rig.register(), await rig.register({ site: 'there' })];
  await rig.end(there, await rig.lease(there, 30), failed({ exitCode: 3, message: 'cannot open /data/x.fits' }));
  await runAll(here, endOf);
  const found = await groups(workflowNo);
  expect(
    found.groups.map(({ name, jobs, label, reason, exitCode, signal, message }) => ({
      name,
      jobs,
      label,
      reason,
      exitCode,
      signal,
      message,
    })),
  ).toEqual([
    {
      name: 'e1',
      jobs: 47,
      label: 'work',
      reason: 'error',
      exitCode: 3,
      signal: null,
      message: 'cannot open <path>.fits',
    },
    {
      name: 'e2',
      jobs: 7,
      label: 'work',
      reason: 'memory',
      exitCode: null,
      signal: 'SIGKILL',
      message: 'out of memory',
    },
  ]);
  expect(found.groups[0]?.sites).toEqual([
    { site: 'there', jobs: 30 },
    { site: 'here', jobs: 17 },
  ]);
  expect([found.groupsTotal, found.groupedJobs, found.pruned, found.cancelled]).toEqual([2, 54, 2, 0]);
  const [row] = await rig.query('select sum(failed)::int from task where workflow_id = $1', [workflowNo]);
  expect(found.groupedJobs + found.pruned + found.cancelled).toBe(row?.[0]);
});

test('a filter counts what it lets through, and leaves every group its name', async () => {
  const workflowNo = await rig.submit({ jobs: work(200), ...noRetry });
  await runAll(await rig.register(), endOf);
  const some = await groups(workflowNo, { reasons: ['memory'] });
  expect(some.groups.map(({ name, jobs }) => [name, jobs])).toEqual([['e2', 10]]);
  expect((await groups(workflowNo, { sites: ['nowhere'] })).groups).toEqual([]);
  expect((await groups(workflowNo, { labels: ['nothing'] })).groups).toEqual([]);
  expect((await groups(workflowNo, { exitCodes: [3, 4] })).groups.map(({ jobs }) => jobs)).toEqual([20]);
});

test('groups, pruned and cancelled sum at every moment, also while jobs fail', async () => {
  const jobs = [...work(120), ...Array.from({ length: 120 }, (_, at): TrialJob => ({ label: 'last', parents: [at] }))];
  const workflowNo = await rig.submit({ jobs, ...noRetry });
  const session = await rig.register();
  const leased = await rig.lease(session, 1_000);
  let ending = true;
  const wrong: ErrorGroups[] = [];
  const look = async (): Promise<void> => {
    while (ending) {
      const found = await groups(workflowNo);
      if (found.groupedJobs !== found.pruned) wrong.push(found); // each failure prunes one
    }
  };
  const looking = look();
  for (const job of leased) await rig.end(session, [job], failed({ message: 'no' }));
  ending = false;
  await looking;
  expect(wrong).toEqual([]);
}, 60_000);

test('jobs are chosen alike by every way of reading them', async () => {
  const workflowNo = await rig.submit({ jobs: work(200), ...noRetry });
  await runAll(await rig.register(), endOf);
  const [most, other] = (await groups(workflowNo)).groups;
  const tens = Array.from({ length: 20 }, (_, at) => at * 10);
  const ones = Array.from({ length: 10 }, (_, at) => at * 10 + 1);
  expect(await ordinals(workflowNo, { fingerprints: [most?.fingerprint ?? ''] })).toEqual(tens);
  expect(await ordinals(workflowNo, { exitCodes: [3] })).toEqual(tens);
  expect(await ordinals(workflowNo, { reasons: ['error'] })).toEqual(tens);
  expect(await ordinals(workflowNo, { reasons: ['memory'], sites: ['here'] })).toEqual(ones);
  expect(await ordinals(workflowNo, { states: ['failed'] })).toHaveLength(30);
  expect(await ordinals(workflowNo, { states: ['finished'], fingerprints: [other?.fingerprint ?? ''] })).toEqual([]);
  expect(await ordinals(workflowNo, { sites: ['there'] })).toEqual([]);
  expect(await ordinals(workflowNo, { ordinals: [1, 2, 300] })).toEqual([1, 2]);
  expect(await ordinals(workflowNo, { states: [] })).toEqual([]);
  const page = await reads.jobs({ workflowNo, after: 1, rows: 3, reasons: ['memory', 'error'] });
  expect(page.map(({ ordinal }) => ordinal)).toEqual([10, 11, 20]);
});

test('jobs that run again leave their group, and come back in it when they fail alike again', async () => {
  const workflowNo = await rig.submit({ jobs: work(50), ...noRetry });
  const session = await rig.register();
  await runAll(session, endOf);
  const before = await groups(workflowNo);
  expect(before.groupedJobs).toBe(10);
  const order = await rig.orders.requestRetry(workflowNo, { reasons: ['error'] });
  await rig.runCommands();
  expect(await rig.orders.retryResult(order?.order ?? '')).toMatchObject({ retried: 5 });
  expect((await groups(workflowNo)).groups.map(({ reason, jobs }) => [reason, jobs])).toEqual([['memory', 5]]);
  const jobs = await rig.lease(session, 100);
  await rig.settle(
    batchOf(
      session,
      jobs.map((job) => ({ job, end: job.ordinal === 0 ? endOf(job) : {} })),
    ),
  );
  const after = await groups(workflowNo);
  expect(after.groups.map(({ reason, jobs: left }) => [reason, left])).toEqual([
    ['memory', 5],
    ['error', 1],
  ]);
  expect(after.groups[1]?.fingerprint).toBe(before.groups.find(({ reason }) => reason === 'error')?.fingerprint);
});

test('an attempt that was tried again and finished is in no group, but among the attempts of its job', async () => {
  const workflowNo = await rig.submit({ jobs: work(2), retry: { work: { retries: 2, backoffSec: 0 } } });
  const session = await rig.register({ workDir: '/pilot' });
  await runAll(session, ({ attempt }) => (attempt === 1 ? failed({ exitCode: 9, message: 'not yet' }) : {}));
  expect((await groups(workflowNo)).groupedJobs).toBe(0);
  const found = await listAttempts({ reads, failures, logs: null }, { workflowNo, id: 'w-a' }, '1', { rows: 100 });
  expect(found).toMatchObject({ ordinal: 1, label: 'work', state: 'finished' });
  expect(
    found?.attempts.map(({ attempt, outcome, exitCode, message, site, folder }) => [
      attempt,
      outcome,
      exitCode,
      message,
      site,
      folder,
    ]),
  ).toEqual([
    [1, 'failed', 9, 'not yet', 'here', '/pilot/attempts/w-a/1.1'],
    [2, 'finished', null, null, 'here', '/pilot/attempts/w-a/1.2'],
  ]);
  expect(await listAttempts({ reads, failures, logs: null }, { workflowNo, id: 'w-a' }, '2', { rows: 100 })).toBeNull();
});

test('why names the group of a failed job, and of the root of a pruned one', async () => {
  const workflowNo = await rig.submit({ jobs: [...work(2), { label: 'last', parents: [0] }], ...noRetry });
  await runAll(await rig.register(), () => failed({ exitCode: 3, message: 'no' }));
  const lines = async (named: string) =>
    (await explainJob({ reads, failures, waits: rig.waits, shares: rig.shares }, { workflowNo, named, visible: null }))
      ?.lines;
  expect(await lines('0')).toEqual(['failed: error, exit 3 at here, trial (group e1, 2 jobs)', '  no']);
  expect(await lines('2')).toEqual([
    'failed: parent_failed',
    'root: work/job0 error, exit 3 (group e1, 2 jobs)',
    '  no',
  ]);
});

test('a text of any bytes has a group', async () => {
  const workflowNo = await rig.submit({ jobs: work(3), ...noRetry });
  const messages = ['\u0000nul', '\u001b[31m\u202e', 'x'.repeat(4_000)];
  await runAll(await rig.register(), ({ ordinal }) => failed({ message: messages[ordinal] }));
  expect((await groups(workflowNo)).groupedJobs).toBe(3);
});

/** Every event from the first, by pages of `limit`. */
async function replay(limit: number, workflowNo: string | null = null): Promise<PublicEvent[]> {
  const all: PublicEvent[] = [];
  let from = await eventsFrom(events, { workflowNo, time: null });
  for (;;) {
    const page = await pageEvents(events, { workflowNo, from, types: undefined, limit, visible: null });
    all.push(...page.events.map((text) => PublicEvent.parse(JSON.parse(text))));
    if (!page.more) return all;
    from = page.next;
  }
}

test('many names are looked up in one pass over the jobs, whatever the planner believes of a new workflow', async () => {
  const workflowNo = await rig.submit({ jobs: work(1) });
  await rig.query(
    "insert into job (workflow_id, ordinal, task, kind, name) select $1, i, 0, 0, 'job' || i from generate_series(1, 99999) i",
    [workflowNo],
  );
  const timeOf = async (count: number): Promise<number> => {
    const named = Array.from({ length: count }, (_, at) => at * 999);
    const fromMs = performance.now();
    const found = await reads.jobsNamed(
      workflowNo,
      named.map((ordinal) => `work/job${ordinal}`),
    );
    expect(found).toEqual(named.map((ordinal) => [ordinal]));
    return performance.now() - fromMs;
  };
  const oneMs = await timeOf(1);
  expect(await timeOf(100)).toBeLessThan(8 * oneMs + 200); // a pass for each is 30 times as long
});

test('two replays are the same, whatever the pages; each partition in order and without gaps', async () => {
  const workflows = await Promise.all(Array.from({ length: 5 }, () => rig.submit({ jobs: work(12), ...noRetry })));
  const session = await rig.register();
  for (let jobs = await rig.lease(session, 7); jobs.length > 0; jobs = await rig.lease(session, 7)) {
    for (const job of jobs) await rig.settle(batchOf(session, [{ job, end: endOf(job) }]));
  }
  const [first, again] = [await replay(3), await replay(1_000)];
  expect(again).toEqual(first);
  const [row] = await rig.query('select count(*)::int from outbox');
  expect(first).toHaveLength(Number(row?.[0]));
  const seqs = new Map<string, number[]>();
  for (const { id, seq } of first) seqs.set(id.split('.')[0] ?? '', [...(seqs.get(id.split('.')[0] ?? '') ?? []), seq]);
  for (const seen of seqs.values()) expect(seen).toEqual(Array.from({ length: seen.length }, (_, at) => at + 1));
  const one = await replay(2, workflows[2] ?? '');
  expect(one.length).toBeGreaterThan(2);
  expect(one).toEqual(first.filter(({ subject }) => subject === one[0]?.subject));
}, 60_000);

test('a reader that follows while many write misses nothing and gets nothing twice', async () => {
  const workflows = await Promise.all(Array.from({ length: 8 }, () => rig.submit({ jobs: work(30), ...noRetry })));
  const session = await rig.register();
  const leased = await rig.lease(session, 1_000);
  expect(leased).toHaveLength(240);
  let writing = true;
  const followed: string[] = [];
  const follow = async (): Promise<void> => {
    let from = await eventsFrom(events, { workflowNo: null, time: null });
    for (let idle = false; writing || !idle;) {
      const last = writing;
      const page = await pageEvents(events, { workflowNo: null, from, types: undefined, limit: 5, visible: null });
      followed.push(...page.events.map((text) => PublicEvent.parse(JSON.parse(text)).id));
      from = page.next;
      idle = !last && !page.more;
    }
  };
  const write = async (workflowNo: string): Promise<void> => {
    const mine = leased.filter((job) => job.workflowNo === workflowNo);
    for (const job of mine) await rig.settle(batchOf(session, [{ job, end: endOf(job) }]));
  };
  const reading = follow();
  await Promise.all(workflows.map(write));
  writing = false;
  await reading;
  const written = (await rig.query("select partition || '.' || seq from outbox")).map(([id]) => String(id));
  expect([...followed].sort()).toEqual(written.sort());
}, 60_000);

test('events of a type and from a time on: those and no others', async () => {
  const workflowNo = await rig.submit({ jobs: work(20), ...noRetry });
  await runAll(await rig.register(), () => ({}));
  const from = await eventsFrom(events, { workflowNo, time: null });
  const ended = await pageEvents(events, {
    workflowNo,
    from,
    types: ['org.sluice.workflow.ended.v1'],
    limit: 10,
    visible: null,
  });
  expect(ended.events.map((text) => PublicEvent.parse(JSON.parse(text)).data)).toEqual([{ state: 'done' }]);
  const later = await eventsFrom(events, { workflowNo: null, time: new Date(Date.now() + 5_000).toISOString() });
  expect(
    (await pageEvents(events, { workflowNo: null, from: later, types: undefined, limit: 10, visible: null })).events,
  ).toEqual([]);
  const earlier = await eventsFrom(events, { workflowNo: null, time: new Date(Date.now() - 60_000).toISOString() });
  const all = await pageEvents(events, { workflowNo: null, from: earlier, types: undefined, limit: 10, visible: null });
  expect(all.events).toHaveLength(3);
});
