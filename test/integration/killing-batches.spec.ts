/** Goal: an end that kills the process that settles it is found and set aside alone; deaths that it did not cause cost nothing. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { TerminalBatch } from '#contracts';
import { pruneRows, type GrantedJob, type SettledOrAside } from '#engine';
import { PostgresKeepStore } from '#adapter-postgres';
import { batchOf, EngineRig, MortalProcess, startTestPostgres, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let session: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  rig = await EngineRig.open(postgres, { verifyMode: true });
  session = await rig.register({ worker: 'pilot-7', cores: 1_000, memoryMib: 10_000_000 });
});
afterEach(() => rig.close());

interface Sent {
  workflowNo: string;
  partition: number;
  batches: TerminalBatch[];
}

/** The ends of all jobs of a workflow, in batches of these sizes, one after the other. */
async function ends(...sizes: number[]): Promise<Sent> {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const workflowNo = await rig.submit({ jobs: Array.from({ length: total }, () => ({})) });
  const jobs: GrantedJob[] = (await rig.lease(session, total)).sort((a, b) => a.ordinal - b.ordinal);
  const batches = sizes.map((size) =>
    batchOf(
      session,
      jobs.splice(0, size).map((job) => ({ job, end: {} })),
    ),
  );
  return { workflowNo, partition: batches[0]?.partition ?? -1, batches };
}

type DiesOf = (ordinals: readonly number[]) => boolean;

const of =
  (...killers: number[]) =>
  (ordinals: readonly number[]): boolean =>
    killers.some((killer) => ordinals.includes(killer));

/** One life of a process. */
const process = (diesOf: DiesOf = () => false): MortalProcess =>
  new MortalProcess({ settles: rig.settles, dead: rig.dead, inHand: rig.inHand }, diesOf);

/** Processes die of the same messages, one after the other, until one settles them. */
async function lives(sent: Sent, diesOf: DiesOf, livesMax = 40): Promise<{ deaths: number; settled: SettledOrAside }> {
  for (let deaths = 0; deaths < livesMax; deaths += 1) {
    const settled = await process(diesOf).settle(sent.partition, sent.batches, { again: deaths > 0 });
    if (settled) return { deaths, settled };
  }
  throw new Error(`not settled in ${livesMax} lives`);
}

const letters = () => rig.dead.page({ after: '0', rows: 100 });
const rows = () => rig.query('select settled, set_aside, holder, part_end from batch_in_hand order by set_aside');

/** Of each report what was judged to count, and what is in the books. */
const judged = () =>
  rig.query(
    `select b.events, b.duplicate, b.stale, (select count(*)::int from attempt a where a.batch_id = b.batch_id)
    from batch_seen b order by b.events`,
  );

test.each([0, 99])(
  'an end that kills is found in a batch of 100 as number %i, set aside alone, all else counts',
  async (killer) => {
    const sent = await ends(100, 7, 1);
    const { deaths, settled } = await lives(sent, of(killer));
    expect(deaths).toBeLessThanOrEqual(3 + 4);
    expect(settled).toMatchObject({ setAside: 1 });
    expect(settled.verdicts).toEqual([
      { batchId: sent.batches[0]?.batchId, events: 100, duplicate: [], stale: [killer] },
      { batchId: sent.batches[1]?.batchId, events: 7, duplicate: [], stale: [] },
      { batchId: sent.batches[2]?.batchId, events: 1, duplicate: [], stale: [] },
    ]);
    expect(await letters()).toMatchObject([
      {
        jobs: 1,
        times: 1,
        batchId: sent.batches[0]?.batchId,
        worker: 'pilot-7',
        reason: expect.stringMatching(/killed its process: \d+ died/),
      },
    ]);
    expect(await rig.census(sent.workflowNo)).toEqual({ '2/0': 1, '3/0': 107 });
    expect(await judged()).toEqual([
      [1, [], [], 1],
      [7, [], [], 7],
      [100, [], [killer], 99],
    ]);
    expect(await rows()).toEqual([[100, 1, null, null]]); // for copies of it
    expect(await rig.faults()).toEqual([]);
  },
  30_000,
);

test('a batch of one end, and one with several that kill', async () => {
  const sent = await ends(1, 12);
  const { deaths } = await lives(sent, of(0, 3, 4, 12));
  expect(deaths).toBeLessThanOrEqual(3 + 2 + 3 * 3);
  expect(await letters()).toHaveLength(4);
  expect(await rig.census(sent.workflowNo)).toEqual({ '2/0': 4, '3/0': 9 });
  expect(await rig.faults()).toEqual([]);
}, 30_000);

test.each([
  ['at once', [1, 2, 3, 4, 5]],
  ['with a pause', [1, 2, 3, 4, 6, 8, 10, 13]],
  ['late', [1, 2, 3, 5, 8, 11, 13]],
])(
  'deaths from outside, %s, cost nothing: all is applied, and nothing is left behind',
  async (_when, moments) => {
    const sent = await ends(40, 3, 1);
    let met = 0;
    const { deaths, settled } = await lives(sent, () => moments.includes((met += 1)));
    expect(deaths).toBeGreaterThanOrEqual(5);
    expect(settled).toMatchObject({ setAside: 0 });
    expect(await letters()).toEqual([]);
    expect(await rig.workflowState(sent.workflowNo)).toBe('done');
    expect((await judged()).map(([events, duplicate, stale]) => [events, duplicate, stale])).toEqual([
      [1, [], []],
      [3, [], []],
      [40, [], []],
    ]);
    expect(await rows()).toEqual([]);
    expect(await rig.faults()).toEqual([]);
  },
  30_000,
);

test('K4: a process that dies of whatever it settles sets nothing aside; the next version applies all', async () => {
  const sent = await ends(2);
  await expect(lives(sent, () => true, 12)).rejects.toThrow('12 lives');
  expect(await letters()).toEqual([]);
  expect(await process().settle(sent.partition, sent.batches, { again: true })).toMatchObject({
    setAside: 0,
    applied: 2,
  });
}, 30_000);

test('a copy that a worker sends again kills nobody, neither while the batch is doubtful nor after', async () => {
  const sent = await ends(8, 2);
  for (let life = 0; life < 4; life += 1)
    await process(of(5)).settle(sent.partition, sent.batches, { again: life > 0 });
  const asCopy: Sent = { ...sent, batches: structuredClone(sent.batches.slice(0, 1)) };
  const { settled } = await lives(asCopy, of(5));
  const copied = await process(of(5)).settle(sent.partition, structuredClone(asCopy.batches), { again: false });
  expect(copied?.verdicts).toEqual(settled.verdicts);
  expect(copied).toMatchObject({ applied: 0, setAside: 0 });
  expect(await letters()).toHaveLength(1);
}, 30_000);

test('K1, K2: what comes first leaves no mark, nor does what comes again and is settled', async () => {
  const sent = await ends(3, 3);
  await process().settle(sent.partition, sent.batches.slice(0, 1), { again: false });
  expect(await rows()).toEqual([]);
  await process().settle(sent.partition, sent.batches.slice(1), { again: true });
  expect(await rows()).toEqual([]);
});

test('K2: who lives on takes its note back, and a note from before PostgreSQL started says nothing', async () => {
  const sent = await ends(3);
  await rig.client.query('alter table attempt rename to attempt_away');
  for (let life = 0; life < 5; life += 1)
    await expect(process().settle(sent.partition, sent.batches, { again: true })).rejects.toThrow(
      'PostgreSQL is not as',
    );
  await rig.client.query('alter table attempt_away rename to attempt');
  const deaths = () => rig.query('select deaths, holder is null from batch_in_hand');
  expect(await deaths()).toEqual([[0, true]]);
  await process(() => true).settle(sent.partition, sent.batches, { again: true });
  await rig.client.query("update batch_in_hand set taken_at = pg_postmaster_start_time() - interval '1 second'");
  await process(() => true).settle(sent.partition, sent.batches, { again: true });
  expect(await deaths()).toEqual([[0, false]]);
  expect(await process().settle(sent.partition, sent.batches, { again: true })).toMatchObject({ applied: 3 });
});

test('K5: a process that stood still while another took its batch settles nothing of it', async () => {
  const sent = await ends(6);
  for (let life = 0; life < 3; life += 1)
    await process(of(2)).settle(sent.partition, sent.batches, { again: life > 0 });
  const taken = await rig.inHand.take({ holder: randomUUID(), partition: sent.partition }, await namesOf());
  expect(taken).toMatchObject([{ deaths: 2, settled: 0 }]);
  const digest = taken[0]?.digest ?? '';
  const [sleeper, other] = [randomUUID(), randomUUID()];
  await rig.inHand.begin(sleeper, { digest, from: 0, end: 3, killedEnd: null });
  await rig.inHand.take({ holder: other, partition: sent.partition }, await namesOf());
  const step = { ...{ digest, from: 0, to: 3, setAside: 0 }, duplicate: [], stale: [] };
  await expect(rig.inHand.advance({ ...step, holder: sleeper })).rejects.toThrow('in other hands');
  await rig.inHand.begin(other, { digest, from: 0, end: 3, killedEnd: 3 });
  await expect(rig.inHand.begin(sleeper, { digest, from: 0, end: 3, killedEnd: 3 })).rejects.toThrow('in other hands');
});

const namesOf = async (): Promise<{ digest: string; batchId: string }[]> =>
  (await rig.query("select encode(digest, 'hex'), batch_id::text from batch_in_hand")).map(([digest, batchId]) => ({
    ...{ digest: String(digest), batchId: String(batchId) },
  }));

test('rows of batches that never came again go by their age', async () => {
  const sent = await ends(3);
  for (let life = 0; life < 2; life += 1)
    await process(() => true).settle(sent.partition, sent.batches, { again: life > 0 });
  const keeps = new PostgresKeepStore(rig.database);
  expect(await pruneRows(keeps, 7)).toMatchObject({ inHand: 0 });
  await rig.client.query("update batch_in_hand set taken_at = now() - interval '8 days'");
  expect(await pruneRows(keeps, 7)).toMatchObject({ inHand: 1 });
  expect(await rows()).toEqual([]);
});
