// Goal: a large workflow is verified beside the work, in short steps, with no false alarm and little memory.
// CI takes a small one; VERIFY_JOBS says how many jobs it has else.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Database, PostgresVerifyStore } from '#adapter-postgres';
import { verifyBooks, type VerifyStore } from '#engine';
import { EngineRig, startTestPostgres, type TestPostgres, type TrialJob } from '#test-kit';

const jobs = Number(process.env['VERIFY_JOBS'] ?? 20_000);
/** Jobs of a layer; each waits for two of the one before. */
const layerJobs = jobs / 10;
/** No transaction of ours lasts longer. */
const transactionMsMax = 5_000;
const withinMs = 60_000 + jobs;
const users = 40;

let postgres: TestPostgres;
let rig: EngineRig;
beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop(), 60_000);
beforeEach(async () => {
  rig = await EngineRig.open(postgres);
});
afterEach(() => rig.close(), 60_000);

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

interface Look {
  /** Invariants that are not known to hold. */
  found: string[];
  /** Checks that had to be done in smaller parts. */
  divided: string[];
  /** What its longest statement took, in milliseconds. */
  longestMs: number;
  /** For people. */
  line: string;
}

/** Verifies everything, as the command does. */
async function look(): Promise<Look> {
  const database = await Database.connect({ url: rig.url, name: 'verify', connectionsMax: 1, planning: 'free' });
  const store = new PostgresVerifyStore(database);
  const times: [name: string, ms: number][] = [];
  const divided: string[] = [];
  const timed: VerifyStore = {
    plan: (...params) => store.plan(...params),
    name: (...params) => store.name(...params),
    check: async (name, ...params) => {
      const from = performance.now();
      const rows = await store.check(name, ...params);
      times.push([name, performance.now() - from]);
      if (rows === 'too-slow') divided.push(name);
      return rows;
    },
  };
  const found: string[] = [];
  const [from, rssBefore] = [performance.now(), process.memoryUsage.rss()];
  try {
    for await (const { invariant, verdict } of verifyBooks(timed, null))
      if (verdict !== 'ok' && verdict !== 'elsewhere') found.push(`${invariant.id} ${verdict}`);
  } finally {
    await database.close();
  }
  const tookSec = (performance.now() - from) / 1_000;
  const [longest, longestMs] = times.reduce((one, other) => (other[1] > one[1] ? other : one));
  const line =
    `${jobs} jobs verified in ${tookSec.toFixed(1)} s, ${times.length} statements, the longest ${longest} with ` +
    `${(longestMs / 1_000).toFixed(2)} s, ${((process.memoryUsage.rss() - rssBefore) / 1e6).toFixed(0)} MB more memory`;
  return { found, divided, longestMs, line };
}

test(
  'a large workflow is verified while it runs',
  async () => {
    await rig.submit({ jobs: Array.from({ length: jobs }, (_, ordinal) => layered(ordinal)) });
    let over = false;
    const worked = work(() => over);
    const { found, divided, longestMs, line } = await look().finally(() => (over = true));
    console.log(`${line}; meanwhile ${await worked} jobs ended`);
    expect(found).toEqual([]);
    // Twenty thousand jobs are a matter of milliseconds, unless the planner compares each with each.
    expect(jobs > 20_000 ? [] : divided).toEqual([]);
    expect(longestMs).toBeLessThan(transactionMsMax);
  },
  withinMs,
);

test(
  'so many jobs that run at once, under many limits, are counted in time',
  async () => {
    for (let user = 0; user < users; user += 1) {
      await rig.submit({ jobs: Array.from({ length: jobs / users }, () => ({})), owner: `user${user}` });
      await rig.limits.set({ kind: 'user', name: `user${user}` }, { capJobs: jobs, capCores: null });
    }
    await rig.limits.set({ kind: 'site', name: 'here' }, { capJobs: jobs, capCores: null });
    const session = await rig.register();
    for (let leased = -1; leased !== 0;) leased = (await rig.lease(session, 1_000)).length;
    const { found, divided, longestMs, line } = await look();
    console.log(`${line}; all of them ran`);
    expect(found).toEqual([]);
    // Twenty thousand jobs are a matter of milliseconds, unless the planner compares each with each.
    expect(jobs > 20_000 ? [] : divided).toEqual([]);
    expect(longestMs).toBeLessThan(transactionMsMax);
  },
  withinMs,
);
