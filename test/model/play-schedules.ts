import { EngineRig, Random, type StatementMutant, type TestPostgres, type TransitionRules } from '#test-kit';
import { addReached, noneReached, type Reached } from './reached.js';
import { narrow, RandomSchedule, wide } from './random-schedule.js';

/** One schedule in this many is wide: these have most of the job-runs, narrow ones most of the odd turns. */
const widePart = 2;

export interface Played {
  schedules: number;
  reached: Reached;
}

/** What is played is not the real thing: for tests that must notice. */
export interface Mutated {
  statement?: StatementMutant;
  rules?: TransitionRules;
}

/** One schedule on a database of its own. @throws with its seed, when the engine and core's machines differ. */
export async function playSchedule(
  postgres: TestPostgres,
  seed: number,
  { statement, rules }: Mutated = {},
): Promise<Reached> {
  const rig = await EngineRig.open(postgres, statement ? { mutant: statement } : {});
  try {
    const random = new Random(seed);
    const schedule = new RandomSchedule(rig, random, seed % widePart === 0 ? wide : narrow, rules);
    await schedule.run();
    return schedule.reached;
  } catch (fault) {
    throw new Error(`repeat it with SEED=${seed}\n${String(fault)}`, { cause: fault });
  } finally {
    await rig.close();
  }
}

/** Plays schedules with one seed after the other, some at a time, until they have run so many jobs. */
export async function playUntil(
  postgres: TestPostgres,
  { firstSeed, jobRuns, lanes }: { firstSeed: number; jobRuns: number; lanes: number },
): Promise<Played> {
  const played: Played = { schedules: 0, reached: noneReached() };
  let seed = firstSeed;
  const lane = async (): Promise<void> => {
    while (played.reached.jobRuns < jobRuns) {
      const reached = await playSchedule(postgres, seed++);
      addReached(played.reached, reached);
      played.schedules += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return played;
}
