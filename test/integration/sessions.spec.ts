/** Goal: what a worker held comes back when the worker is gone, and only then. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { heldHash, jobId, type TerminalBatch } from '#contracts';
import { defaultTerms, SessionDesk, type Beat, type GrantedJob } from '#engine';
import { batchOf, EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let session: string;
let nowMs: number;
/** What the broker said to the stream. */
let told: TerminalBatch[];
/** The stream can't be reached. */
let cutOff: boolean;
/** Age of the oldest end in the stream that is not settled. */
let unsettledSec: number | null;
let desk: SessionDesk;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  session = await rig.register();
  nowMs = 1_000_000;
  told = [];
  cutOff = false;
  unsettledSec = null;
  desk = newDesk();
});
afterEach(async () => {
  expect(await rig.faults()).toEqual([]);
  await rig.close();
});

/** A broker of its own on the same database and stream. */
const newDesk = (): SessionDesk =>
  new SessionDesk({
    store: rig.sessions,
    bus: {
      publish: async (_, batches) => {
        if (cutOff) throw new Error('NATS is away');
        told.push(...batches);
      },
      oldestUnsettledSec: () => Promise.resolve(unsettledSec),
    },
    terms: defaultTerms,
    newBatchId: () => randomUUID(),
    nowMs: () => nowMs,
  });

/** Our own services have been there without a break for so long. */
async function servicesUpFor(seconds: number): Promise<void> {
  desk.noteGateway();
  await desk.findSilent();
  await rig.query("update service_watch set up_since_at = now() - $1 * interval '1 second'", [seconds]);
}

const beatOf = (over: Partial<Beat>): Beat => ({
  session,
  upMs: 0,
  heldCount: 0,
  heldHash: 0,
  leaseSeen: null,
  batches: [],
  draining: false,
  ...over,
});

const silence = (of: string, seconds: number): Promise<unknown> =>
  rig.query("update session set heartbeat_at = now() - $2 * interval '1 second' where id = $1", [of, seconds]);

const rightHash = (jobs: readonly GrantedJob[]): number =>
  heldHash(heldBy(jobs).map(({ job, attempt }) => `${job}:${attempt}`));

const stateOf = async (of: string): Promise<unknown> =>
  (await rig.query('select state from session where id = $1', [of]))[0]?.[0];

const finishedBatch = (jobs: readonly GrantedJob[]): TerminalBatch =>
  batchOf(
    session,
    jobs.map((job) => ({ job, end: {} })),
  );

const inOrder = (jobs: readonly GrantedJob[]): GrantedJob[] => [...jobs].sort((a, b) => a.ordinal - b.ordinal);

/** Tries and infra retries that a job has used. */
const used = async (workflowNo: string, ordinal: number): Promise<unknown> =>
  (
    await rig.query('select tries_used, infra_used from job_state where workflow_id = $1 and ordinal = $2', [
      workflowNo,
      ordinal,
    ])
  )[0];

const heldBy = (jobs: readonly GrantedJob[]) =>
  jobs.map((job) => ({ job: jobId(job.workflowNo, job.ordinal), attempt: job.attempt }));

test('a worker silent for one term is suspect: no new lease, nothing given up; a beat makes it live again', async () => {
  await rig.submit({ jobs: [{}, {}] });
  await rig.lease(session, 1);
  await silence(session, 90);
  expect(await desk.findSilent()).toEqual({ changed: [session], alarm: null });
  expect(await rig.lease(session, 1)).toEqual([]);
  expect(told).toEqual([]);
  await desk.beat([beatOf({ heldCount: 1 })]);
  expect(await stateOf(session)).toBe('live');
  expect(await rig.lease(session, 1)).toHaveLength(1);
});

test('a worker silent for its second term is lost once our services were there for that long', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await silence(session, 2_000);
  await servicesUpFor(890);
  await desk.findSilent();
  expect(told).toEqual([]);
  await servicesUpFor(901);
  expect(await desk.findSilent()).toEqual({ changed: [session], alarm: null });
  expect(told).toHaveLength(1);
  expect(await stateOf(session)).toBe('lost');
});

test.each(['gateway', 'broker', 'postgres'])(
  'a %s that came back a moment ago keeps everybody for one term',
  async (service) => {
    await rig.submit({ jobs: [{}] });
    await rig.lease(session, 1);
    await silence(session, 2_000);
    await servicesUpFor(5_000);
    await rig.query(
      `update service_watch
       set mark = case when service = 'postgres' then 'another start' else '' end,
         seen_at = seen_at - case when service = 'postgres' then 0 else 16 end * interval '1 second'
       where service = $1`,
      [service],
    );
    desk.noteGateway();
    await desk.findSilent();
    const [row] = await rig.query(
      "select up_since_at > now() - interval '1 minute' from service_watch where service = $1",
      [service],
    );
    expect(row).toEqual([true]);
    expect(told).toEqual([]);
  },
);

test('while no gateway is there nobody is given up', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await silence(session, 2_000);
  await servicesUpFor(5_000);
  await rig.query("update service_watch set seen_at = now() - interval '16 seconds' where service = 'gateway'");
  await desk.findSilent();
  expect(told).toEqual([]);
});

test('the terms are those of the site', async () => {
  const near = await rig.register({ site: 'near' });
  await rig.query("update site set suspect_sec = 5, orphan_sec = 10 where name = 'near'");
  await rig.submit({ jobs: [{}, {}] });
  await rig.lease(near, 1);
  await rig.lease(session, 1);
  await servicesUpFor(5_000);
  for (const of of [near, session]) await silence(of, 8);
  expect((await desk.findSilent()).changed).toEqual([near]);
  for (const of of [near, session]) await silence(of, 12);
  expect((await desk.findSilent()).changed).toEqual([near]);
  expect([await stateOf(near), await stateOf(session)]).toEqual(['lost', 'live']);
  expect(told).toHaveLength(1);
});

test('nothing is given up while the stream holds ends that are older than the end of its term', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await servicesUpFor(5_000);
  await silence(session, 1_000);
  unsettledSec = 101;
  await desk.findSilent();
  expect(told).toEqual([]);
  unsettledSec = 99;
  await desk.findSilent();
  expect(told).toHaveLength(1);
});

test('of two brokers that look at once one gives a session up', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await servicesUpFor(5_000);
  await silence(session, 2_000);
  const found = await Promise.all([desk, newDesk(), newDesk()].map((each) => each.findSilent()));
  expect(found.flatMap(({ changed }) => changed.filter((of) => of === session)).length).toBeLessThanOrEqual(2);
  expect(told).toHaveLength(1);
});

test('a session that is heard while it is judged is kept', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await servicesUpFor(5_000);
  await silence(session, 2_000);
  const beating = { ...beatOf({ heldCount: 1 }) };
  const asked = rig.sessions.silent.bind(rig.sessions);
  rig.sessions.silent = async (terms) => {
    const look = await asked(terms);
    await newDesk().beat([beating]);
    return look;
  };
  await desk.findSilent();
  expect(told).toEqual([]);
  expect(await stateOf(session)).toBe('live');
});

test('what a lost worker held runs again as the next attempt; from then on its late report is stale', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const jobs = await rig.lease(session, 2);
  expect(await desk.end(session, 'lost', 'gone')).toBe(2);
  for (const batch of told) await rig.settle(batch);
  const other = await rig.register();
  const again = await rig.lease(other, 2);
  expect(again.map((job) => job.attempt)).toEqual([2, 2]);
  const late = await rig.settle(finishedBatch(jobs));
  expect(late.verdicts[0]?.stale).toEqual([0, 1]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 2 });
});

test('until its job is granted anew a lost attempt still finishes it: the job leaves ready and costs no retry', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}, { parents: [0] }] });
  const jobs = await rig.lease(session, 2);
  await desk.end(session, 'lost', 'gone');
  for (const batch of told) await rig.settle(batch);
  const [first] = inOrder(jobs);
  const late = await rig.settle(finishedBatch(first ? [first] : []));
  expect(late).toMatchObject({ applied: 1, late: 1, verdicts: [{ duplicate: [], stale: [] }] });
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 2, '3/0': 1 });
  expect(await used(workflowNo, 0)).toEqual([0, 0]);
  const next = await rig.lease(await rig.register(), 9);
  expect(next.map((job) => [job.ordinal, job.attempt]).sort()).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test('a lost attempt that waits for its back-off leaves it with its late end', async () => {
  const workflowNo = await rig.submit({ jobs: [{}], retry: { job: { backoffSec: 60 } } });
  const jobs = await rig.lease(session, 1);
  await desk.end(session, 'lost', 'gone');
  for (const batch of told) await rig.settle(batch);
  expect(await rig.query('select count(*)::int from held')).toEqual([[1]]);
  await rig.end(session, jobs);
  expect(await rig.query('select count(*)::int from held')).toEqual([[0]]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a late failure is charged as what it was, and a late return to nobody', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}], retry: { job: { retries: 2 } } });
  const jobs = inOrder(await rig.lease(session, 2));
  await desk.end(session, 'lost', 'gone');
  for (const batch of told) await rig.settle(batch);
  expect([await used(workflowNo, 0), await used(workflowNo, 1)]).toEqual([
    [0, 1],
    [0, 1],
  ]);
  await rig.end(session, jobs.slice(0, 1), { outcome: 'failed', reason: 'error' });
  await rig.end(session, jobs.slice(1), { outcome: 'returned' });
  expect([await used(workflowNo, 0), await used(workflowNo, 1)]).toEqual([
    [1, 0],
    [0, 0],
  ]);
  await rig.passBackOffs();
  const again = await rig.lease(await rig.register(), 2);
  expect(again.map((job) => job.attempt)).toEqual([2, 2]);
});

test('what its loss ended for good stays ended, in a run of its own also after a retry', async () => {
  const workflowNo = await rig.submit({ jobs: [{}], retry: { job: { infraRetries: 0 } } });
  const jobs = await rig.lease(session, 1);
  await desk.end(session, 'lost', 'gone');
  for (const batch of told) await rig.settle(batch);
  expect((await rig.settle(finishedBatch(jobs))).verdicts[0]?.stale).toEqual([0]);
  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect((await rig.settle(finishedBatch(jobs))).verdicts[0]?.stale).toEqual([0]);
  expect(await rig.census(workflowNo)).toEqual({ '1/0': 1 });
});

test('a late end that races the grant of its job: one of them has it', async () => {
  const jobCount = 40;
  const workflowNo = await rig.submit({ jobs: Array.from({ length: jobCount }, () => ({})) });
  const jobs = await rig.lease(session, jobCount);
  await desk.end(session, 'lost', 'gone');
  for (const batch of told) await rig.settle(batch);
  const other = await rig.register();
  const grants: GrantedJob[] = [];
  const brokers = Array.from({ length: 4 }, async () => grants.push(...(await rig.lease(other, 10))));
  const reports = jobs.map((job) => rig.settle(finishedBatch([job])));
  const applied = (await Promise.all(reports)).reduce((sum, settled) => sum + settled.applied, 0);
  await Promise.all(brokers);
  grants.push(...(await rig.lease(other, jobCount)));
  expect(applied + grants.length).toBe(jobCount);
  await rig.end(other, grants);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('a report that comes before the worker is given up counts, however late', async () => {
  const workflowNo = await rig.submit({ jobs: [{}] });
  const jobs = await rig.lease(session, 1);
  await desk.end(session, 'lost', 'gone');
  await rig.end(session, jobs);
  for (const batch of told) expect((await rig.settle(batch)).verdicts[0]?.stale).toEqual([0]);
  expect(await rig.workflowState(workflowNo)).toBe('done');
});

test('when more than a fifth of the sessions fall silent together, nothing is given up and an alarm is raised', async () => {
  await rig.submit({ jobs: [{}, {}] });
  const others = await Promise.all(Array.from({ length: 3 }, () => rig.register()));
  for (const of of [session, ...others.slice(0, 1)]) await rig.lease(of, 1);
  await servicesUpFor(5_000);
  await Promise.all([session, ...others.slice(0, 1)].map((of) => silence(of, 2_000)));
  const { alarm } = await desk.findSilent();
  expect(alarm).toContain('2 workers fell silent together');
  expect(told).toEqual([]);
  const elsewhere = await rig.register({ site: 'elsewhere' });
  expect((await desk.findSilent()).alarm).toBeNull();
  expect(told).toHaveLength(2);
  expect(await stateOf(elsewhere)).toBe('live');
});

test('another attempt under the same count is found within four beats by its hash', async () => {
  await rig.submit({ jobs: [{}, {}] });
  const [ours, lost] = inOrder(await rig.lease(session, 2));
  if (!ours || !lost) throw new Error('two jobs were to be leased');
  const held = [...heldBy([ours]), { job: jobId(lost.workflowNo, 77), attempt: 1 }];
  const hash = heldHash(held.map(({ job, attempt }) => `${job}:${attempt}`));
  const wrong = beatOf({ heldCount: 2, heldHash: hash, leaseSeen: lost.leaseId });
  let answers = await desk.beat([beatOf({ heldCount: 2, heldHash: rightHash([ours, lost]) })]);
  let beats = 0;
  while (!answers[0]?.listHeld && beats < 5) {
    nowMs += 20_000;
    beats += 1;
    answers = await desk.beat([wrong]);
  }
  expect(beats).toBe(4);
  expect((await desk.beat([{ ...wrong, upMs: 1, held }]))[0]?.kill).toEqual(held.slice(1));
  await desk.beat([{ ...wrong, upMs: 1, held }]); // the same list again says nothing
  expect(told).toEqual([]);
  await desk.beat([{ ...wrong, upMs: 2, held }]);
  expect(told.flatMap(({ events }) => events.map(({ job }) => job))).toEqual([jobId(lost.workflowNo, lost.ordinal)]);
});

test('the right hash stays silent, also when a part of the lease has ended', async () => {
  await rig.submit({ jobs: [{}, {}, {}] });
  const jobs = await rig.lease(session, 3);
  await rig.end(session, jobs.slice(0, 1));
  for (let beat = 0; beat < 9; beat += 1) {
    nowMs += 20_000;
    const [answer] = await desk.beat([beatOf({ heldCount: 2, heldHash: rightHash(jobs.slice(1)) })]);
    expect(answer?.listHeld).toBe(false);
  }
});

test('an attempt that our books name and the worker does not is given up after two lists, not after one', async () => {
  await rig.submit({ jobs: [{}, {}] });
  const jobs = await rig.lease(session, 2);
  const leaseSeen = jobs[0]?.leaseId ?? null;
  const [first] = await desk.beat([beatOf({ heldCount: 1, leaseSeen })]);
  expect(first?.listHeld).toBe(false);
  const [second] = await desk.beat([beatOf({ heldCount: 1, leaseSeen })]);
  expect(second?.listHeld).toBe(true);
  const list = beatOf({ heldCount: 1, leaseSeen, held: heldBy(jobs.slice(0, 1)) });
  await desk.beat([{ ...list, upMs: 1 }]);
  expect(told).toEqual([]);
  await desk.beat([{ ...list, upMs: 2 }]);
  expect(told.flatMap((batch) => batch.events.map((event) => event.job))).toEqual(
    heldBy(jobs.slice(1)).map(({ job }) => job),
  );
});

test('a lease that the worker may not have received yet is not missing', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  for (let beat = 0; beat < 4; beat += 1) await desk.beat([beatOf({ held: [], upMs: beat })]);
  expect(told).toEqual([]);
});

test('a worker is told to stop what is not its own any more, and nothing else', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const jobs = await rig.lease(session, 2);
  const [answer] = await desk.beat([
    beatOf({ heldCount: 3, held: [...heldBy(jobs), { job: jobId(workflowNo, 0), attempt: 9 }] }),
  ]);
  expect(answer?.kill).toEqual([{ job: jobId(workflowNo, 0), attempt: 9 }]);
});

test('a heartbeat tells the verdicts of settled batches, and a session that is over gets no answer', async () => {
  await rig.submit({ jobs: [{}] });
  const batch = batchOf(
    session,
    (await rig.lease(session, 1)).map((job) => ({ job, end: {} })),
  );
  await rig.settle(batch);
  const [answer] = await desk.beat([beatOf({ batches: [batch.batchId, randomUUID()] })]);
  expect(answer?.verdicts).toEqual([{ batchId: batch.batchId, events: 1, duplicate: [], stale: [] }]);
  await desk.end(session, 'ended', 'clean exit');
  expect(await desk.beat([beatOf({})])).toEqual([]);
});

test('H4: what a session held whose end was cut off is given up later, and not while its message may be on its way', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  cutOff = true;
  await expect(desk.end(session, 'ended', 'clean exit')).rejects.toThrow('NATS is away');
  cutOff = false;
  expect(await desk.giveUpStranded()).toBe(0);
  await rig.query("update session set ended_at = now() - interval '31 seconds' where id = $1", [session]);
  unsettledSec = 30;
  expect(await desk.giveUpStranded()).toBe(0); // it may be told already: nobody settles
  unsettledSec = 29;
  expect(await desk.giveUpStranded()).toBe(1);
  for (const batch of told) await rig.settle(batch);
  expect(await desk.giveUpStranded()).toBe(0);
  expect(await rig.lease(await rig.register(), 1)).toMatchObject([{ attempt: 2 }]);
});

test('W4: a lease that the worker has not seen is given up once it is over 30 s old, after two lists', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await rig.query("update lease set granted_at = now() - interval '31 seconds'");
  await desk.beat([beatOf({ held: [], upMs: 1 })]);
  expect(told).toEqual([]);
  await desk.beat([beatOf({ held: [], upMs: 2 })]);
  expect(told).toHaveLength(1);
});

test('W4: an attempt that one list lacks and the next one names is kept', async () => {
  await rig.submit({ jobs: [{}] });
  const jobs = await rig.lease(session, 1);
  const leaseSeen = jobs[0]?.leaseId ?? null;
  for (const [upMs, held] of [[], heldBy(jobs), [], heldBy(jobs)].entries()) {
    await desk.beat([beatOf({ heldCount: held.length, leaseSeen, held, upMs })]);
  }
  expect(told).toEqual([]);
});

test('a beat tells each kill once, and a session that ended is told none', async () => {
  const kill = { job: '1:0', attempt: 1 };
  desk.noteKills([{ session, ...kill }]);
  expect((await desk.beat([beatOf({})]))[0]?.kill).toEqual([kill]);
  expect((await desk.beat([beatOf({})]))[0]?.kill).toEqual([]);
  desk.noteKills([{ session, ...kill }]);
  await desk.end(session, 'ended', 'clean exit');
  expect(desk.takeKills(session)).toEqual([]);
});

test('a register whose answer was lost finds its session again, also when two tries arrive at once', async () => {
  const requestId = randomUUID();
  const first = await rig.register({ requestId });
  const again = await Promise.all([1, 2, 3].map(() => rig.register({ requestId })));
  expect(new Set([first, ...again])).toEqual(new Set([first]));
  const other = randomUUID();
  const [one, two] = await Promise.all([rig.register({ requestId: other }), rig.register({ requestId: other })]);
  expect(one).toBe(two);
  expect(one).not.toBe(first);
  expect(await rig.register()).not.toBe(await rig.register());
});
