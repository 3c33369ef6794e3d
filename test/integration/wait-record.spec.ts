/** Goal: the record of what classes wait for says what was so, once, whoever looks, and stays small. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { PostgresFailureStore, PostgresReadStore } from '#adapter-postgres';
import { explainJob, WaitRecorder } from '#engine';
import { EngineRig, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let nowMs: number;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  nowMs = 0;
});
afterEach(() => rig.close());

const broker = (): WaitRecorder => new WaitRecorder({ store: rig.waits, books: rig.shares, nowMs: () => nowMs });

/** As if the last look of all brokers, and everything on record, were so much longer ago. */
async function pass(sec: number): Promise<void> {
  nowMs += sec * 1_000;
  const by = [`${sec} seconds`];
  await rig.query('update class_wait_look set looked_at = looked_at - $1::interval', by);
  await rig.query('update class_wait set from_at = from_at - $1::interval, until_at = until_at - $1::interval', by);
}

const rows = async (): Promise<string[]> =>
  (await rig.query('select cause, subject, until_at is null from class_wait order by id')).map(
    ([cause, subject, open]) => `${String(cause)} ${String(subject)} ${open ? 'still' : 'ended'}`,
  );

test('a wait is on record from its beginning to its end, and what nothing holds up writes nothing', async () => {
  const recorder = broker();
  await recorder.look();
  const [before] = await rig.query('select looked_at from class_wait_look');
  await pass(2);
  await recorder.look();
  expect(await rig.query("select looked_at + interval '2 seconds' from class_wait_look")).toEqual([before]);
  await rig.submit({ jobs: [{}] });
  await recorder.look();
  await pass(2);
  await recorder.look();
  expect(await rows()).toEqual(['no-worker  still']);
  const session = await rig.register({ site: 'A' });
  await pass(2);
  await recorder.look();
  const jobs = await rig.lease(session, 1);
  await pass(2);
  await recorder.look();
  expect(await rows()).toEqual(['no-worker  ended', 'ready  ended']);
  await rig.end(session, jobs);
  expect(await rig.faults()).toEqual([]);
});

test('two brokers that look at once write one record, and either goes on with it', async () => {
  await rig.submit({ jobs: [{}], templates: { job: { limits: ['db'] } } });
  await rig.limits.set({ kind: 'named', name: 'db' }, { capJobs: 0, capCores: null });
  await rig.register();
  const [one, other] = [broker(), broker()];
  for (let second = 0; second < 5; second += 1) {
    await Promise.all([one.look(), other.look()]);
    await pass(1);
  }
  expect(await rows()).toEqual(['limit db still']);
  await rig.limits.remove({ kind: 'named', name: 'db' });
  await other.look();
  expect(await rows()).toEqual(['limit db ended', 'ready  still']);
});

test('of brokers that were away nothing is said meanwhile', async () => {
  await rig.submit({ jobs: [{}] });
  await broker().look();
  await pass(3_600);
  await broker().look();
  const [gap] = await rig.query('select extract(epoch from max(from_at) - min(until_at))::int from class_wait');
  expect(Number(gap?.[0])).toBeGreaterThanOrEqual(3_590);
  expect(await rows()).toEqual(['no-worker  ended', 'no-worker  still']);
});

test('a class whose cause changes with each look has a burst of rows, then one every ten seconds', async () => {
  await rig.submit({ jobs: [{}] });
  const recorder = broker();
  await rig.register({ site: 'A' });
  for (let look = 0; look < 100; look += 1) {
    const state = look % 2 === 0 ? 'stopped' : 'open';
    await rig.query(
      'insert into site (name, state) values ($1, $2) on conflict (name) do update set state = excluded.state',
      ['A', state],
    );
    await recorder.look();
    await pass(1);
  }
  const [count] = await rig.query('select count(*)::int from class_wait');
  expect(Number(count?.[0])).toBeLessThanOrEqual(30 + 10);
  expect(Number(count?.[0])).toBeGreaterThanOrEqual(30);
});

test('of a closed site the record says what was so, and gives no advice for afterwards', async () => {
  await rig.submit({ jobs: [{}] });
  await rig.register({ site: 'A' });
  await rig.query(
    "insert into site (name, state) values ('A', 'stopped') on conflict (name) do update set state = 'stopped'",
  );
  await broker().look();
  expect(await rig.query('select told from class_wait')).toEqual([
    [expect.stringMatching(/^site A is stopped since [^`]+Z$/)],
  ]);
});

test('what is older than it is kept is removed, and what is still so is not', async () => {
  await rig.submit({ jobs: [{}] });
  const recorder = broker();
  await recorder.look();
  await pass(10);
  await rig.query("update class_wait_look set looked_at = now() - interval '2 seconds'");
  await rig.register();
  await recorder.look();
  await pass(31 * 86_400);
  await rig.query("update class_wait_look set looked_at = now() - interval '2 seconds'");
  await recorder.look();
  expect(await rows()).toEqual(['ready  still']);
});

test('what an order of an operator ended had no back-off, and makes none of those after it longer', async () => {
  const workflowNo = await rig.submit({ jobs: [{}], retry: { job: { infraRetries: 5, backoffSec: 20 } } });
  const session = await rig.register();
  const evicted = { outcome: 'failed', reason: 'evicted' } as const;
  await rig.end(session, await rig.lease(session, 1), { ...evicted, byOrder: true });
  await before(workflowNo, 90);
  await rig.end(session, await rig.lease(session, 1), evicted);
  await before(workflowNo, 35);
  await rig.passBackOffs();
  await rig.end(session, await rig.lease(session, 1));
  const why = await whyOf(workflowNo, '0');
  expect(why?.waited.map(({ attempt, parts }) => [attempt, parts.map(({ cause }) => cause)])).toEqual([
    [1, []],
    [2, []],
    [3, ['held']],
  ]);
  expect(why?.waited.at(-1)?.parts[0]?.sec).toBeGreaterThanOrEqual(20);
  expect(why?.waited.at(-1)?.parts[0]?.sec).toBeLessThanOrEqual(30);
});

test('of a job that was cancelled before its parents were through no wait for them is told', async () => {
  const workflowNo = await rig.submit({ jobs: [{}, { label: 'late', parents: [0] }] });
  const session = await rig.register();
  const jobs = await rig.lease(session, 1);
  await rig.query("update workflow set submitted_at = submitted_at - interval '60 seconds'");
  await rig.cancelJobs(workflowNo, { labels: ['late'] });
  await rig.end(session, jobs);
  expect(await whyOf(workflowNo, '1')).toMatchObject({ lines: ['failed: cancelled'], waitedForParents: null });
});

async function whyOf(workflowNo: string, named: string): ReturnType<typeof explainJob> {
  const stores = { reads: new PostgresReadStore(rig.database), failures: new PostgresFailureStore(rig.database) };
  return explainJob({ ...stores, waits: rig.waits, shares: rig.shares }, { workflowNo, named, visible: null });
}

/** As if all attempts of a workflow had been that much earlier. */
const before = (workflowNo: string, sec: number): Promise<unknown> =>
  rig.query(
    `update attempt set leased_at = leased_at - $2::interval, settled_at = settled_at - $2::interval where workflow_id = $1`,
    [workflowNo, `${sec} seconds`],
  );
