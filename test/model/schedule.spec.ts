/**
 * Goal: whatever the world does to workflows, the engine's books are those of a model that is plain enough to be right.
 * CI tries the same schedules each time, for a minute. MODEL_SEC tries new ones for as long as it says; SEED repeats one.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EngineRig, Random, startTestPostgres, type TestPostgres } from '#test-kit';
import { RandomSchedule } from './random-schedule.js';

const moreSec = process.env['MODEL_SEC'];
const seconds = Number(moreSec ?? 60);
const startSeed = moreSec === undefined ? 1 : Date.now() % 1_000_000_000;
const firstSeed = process.env['SEED'] === undefined ? null : Number(process.env['SEED']);

/** After so many schedules something must have been cancelled, retried, lost, ... or the test tries too little. */
const schedulesToReachAll = 20;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());

async function play(seed: number): Promise<RandomSchedule['reached']> {
  const rig = await EngineRig.open(postgres);
  try {
    const schedule = new RandomSchedule(rig, new Random(seed));
    await schedule.run();
    return schedule.reached;
  } catch (fault) {
    throw new Error(`repeat it with SEED=${seed}\n${String(fault)}`, { cause: fault });
  } finally {
    await rig.close();
  }
}

test(
  'random workflows under random schedules are, step by step, what the model says',
  async () => {
    if (firstSeed !== null) return void (await play(firstSeed));
    const until = Date.now() + seconds * 1_000;
    const reached: Record<string, number> = {};
    let schedules = 0;
    for (let seed = startSeed; schedules === 0 || Date.now() < until; seed += 1) {
      for (const [what, times] of Object.entries(await play(seed))) reached[what] = (reached[what] ?? 0) + times;
      schedules += 1;
    }
    console.log(`${schedules} schedules were as the model says; they reached ${JSON.stringify(reached)}`);
    if (schedules >= schedulesToReachAll) expect(Object.values(reached)).not.toContain(0);
  },
  (seconds + 300) * 1_000,
);
