/** Goal: what a worker held comes back when the worker is gone, and only then. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jobId, type TerminalBatch } from '#contracts';
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
  desk = new SessionDesk({
    store: rig.sessions,
    bus: {
      publish: async (_, batches) => {
        if (cutOff) throw new Error('NATS is away');
        told.push(...batches);
      },
    },
    terms: defaultTerms,
    newBatchId: () => randomUUID(),
    nowMs: () => nowMs,
  });
});
afterEach(async () => {
  expect(await rig.faults()).toEqual([]);
  await rig.close();
});

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

const stateOf = async (of: string): Promise<unknown> =>
  (await rig.query('select state from session where id = $1', [of]))[0]?.[0];

const heldBy = (jobs: GrantedJob[]) =>
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

test('nothing is given up within one orphan term after the broker came up', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await silence(session, 2_000);
  await desk.findSilent();
  expect(told).toEqual([]);
  nowMs += defaultTerms.orphanSec * 1_000;
  await desk.findSilent();
  expect(told).toHaveLength(1);
  expect(await stateOf(session)).toBe('lost');
});

test('what a lost worker held runs again as the next attempt, and its late report is stale', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, {}] });
  const jobs = await rig.lease(session, 2);
  expect(await desk.end(session, 'lost', 'gone')).toBe(2);
  for (const batch of told) await rig.settle(batch);
  const late = await rig.settle(
    batchOf(
      session,
      jobs.map((job) => ({ job, end: {} })),
    ),
  );
  expect(late.verdicts[0]?.stale).toEqual([0, 1]);
  const again = await rig.lease(await rig.register(), 2);
  expect(again.map((job) => job.attempt)).toEqual([2, 2]);
  expect(await rig.census(workflowNo)).toEqual({ '2/0': 2 });
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
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  const others = await Promise.all(Array.from({ length: 3 }, () => rig.register()));
  await Promise.all([session, ...others.slice(0, 1)].map((of) => silence(of, 2_000)));
  nowMs += defaultTerms.orphanSec * 1_000;
  const { alarm } = await desk.findSilent();
  expect(alarm).toContain('2 of 4 sessions');
  expect(told).toEqual([]);
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
  await desk.beat([list]);
  expect(told).toEqual([]);
  await desk.beat([list]);
  expect(told.flatMap((batch) => batch.events.map((event) => event.job))).toEqual(
    heldBy(jobs.slice(1)).map(({ job }) => job),
  );
});

test('a lease that the worker may not have received yet is not missing', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  for (let beat = 0; beat < 4; beat += 1) await desk.beat([beatOf({ held: [] })]);
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

test('H5: what a session held whose end was cut off is given up later, and not while its message may be on its way', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  cutOff = true;
  await expect(desk.end(session, 'ended', 'clean exit')).rejects.toThrow('NATS is away');
  cutOff = false;
  expect(await desk.giveUpStranded()).toBe(0);
  await rig.query("update session set ended_at = now() - interval '31 seconds' where id = $1", [session]);
  expect(await desk.giveUpStranded()).toBe(1);
  for (const batch of told) await rig.settle(batch);
  expect(await desk.giveUpStranded()).toBe(0);
  expect(await rig.lease(await rig.register(), 1)).toMatchObject([{ attempt: 2 }]);
});

test('H3: a lease that the worker has not seen is given up once it is over 30 s old, after two lists', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.lease(session, 1);
  await rig.query("update lease set granted_at = now() - interval '31 seconds'");
  await desk.beat([beatOf({ held: [] })]);
  expect(told).toEqual([]);
  await desk.beat([beatOf({ held: [] })]);
  expect(told).toHaveLength(1);
});

test('H3: an attempt that one list lacks and the next one names is kept', async () => {
  await rig.submit({ jobs: [{}] });
  const jobs = await rig.lease(session, 1);
  const leaseSeen = jobs[0]?.leaseId ?? null;
  for (const held of [[], heldBy(jobs), [], heldBy(jobs)]) {
    await desk.beat([beatOf({ heldCount: held.length, leaseSeen, held })]);
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
