// Goal: a large workflow is verified beside the work, in short steps, with no false alarm and little memory.
// CI takes a small one; VERIFY_JOBS says how many jobs it has else.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Database, PostgresVerifyStore } from '#adapter-postgres';
import { verifyBooks, type VerifyStore } from '#engine';
import { EngineRig, startTestPostgres, type TestPostgres, type TrialJob } from '#test-kit';

const jobs = Number(process.env['VERIFY_JOBS'] ?? 20_000);
/** Jobs of a layer; each waits for two of the one before. */
const layerJobs = jobs / 10;
/** No transaction of ours lasts longer. */
const transactionMsMax = 5_000;
const withinMs = 60_000 + jobs;

let postgres: TestPostgres;
let rig: EngineRig;
beforeAll(async () => {
  postgres = await startTestPostgres();
  rig = await EngineRig.open(postgres);
}, 120_000);
afterAll(async () => {
  await rig.close();
  await postgres.stop();
}, 60_000);

function layered(ordinal: number): TrialJob {
  if (ordinal < layerJobs) return {};
  return { parents: [ordinal - layerJobs, ordinal - layerJobs + (ordinal % layerJobs === 0 ? 1 : -1)] };
}

/** Works on for as long as somebody verifies. */
async function work(isOver: () => boolean): Promise<number> {
  const session = await rig.register();
  let ended = 0;
  do {
    const leased = await rig.lease(session, 1_000);
    await rig.end(session, leased);
    ended += leased.length;
    if (leased.length === 0) break;
  } while (!isOver());
  return ended;
}

/** What each call took. */
function timed(store: VerifyStore, ms: number[]): VerifyStore {
  return {
    plan: (...params) => store.plan(...params),
    name: (...params) => store.name(...params),
    check: async (...params) => {
      const from = performance.now();
      const rows = await store.check(...params);
      ms.push(performance.now() - from);
      return rows;
    },
  };
}

test(
  'a large workflow is verified while it runs',
  async () => {
    await rig.submit({ jobs: Array.from({ length: jobs }, (_, ordinal) => layered(ordinal)) });
    const database = await Database.connect({ url: rig.url, name: 'verify', connectionsMax: 1, planning: 'free' });
    const times: number[] = [];
    const found: string[] = [];
    const from = performance.now();
    const rssBefore = process.memoryUsage.rss();
    let over = false;
    const worked = work(() => over);
    try {
      for await (const { invariant, verdict } of verifyBooks(timed(new PostgresVerifyStore(database), times), null))
        if (verdict !== 'ok' && verdict !== 'elsewhere') found.push(`${invariant.id} ${verdict}`);
    } finally {
      over = true;
      await database.close();
    }
    const took = performance.now() - from;
    const longest = Math.max(...times);
    console.log(
      `${jobs} jobs verified in ${(took / 1_000).toFixed(1)} s, ${times.length} statements, the longest ` +
        `${(longest / 1_000).toFixed(2)} s, ${((process.memoryUsage.rss() - rssBefore) / 1e6).toFixed(0)} MB more memory; ` +
        `meanwhile ${await worked} jobs ended`,
    );
    expect(found).toEqual([]);
    expect(longest).toBeLessThan(transactionMsMax);
  },
  withinMs,
);
