/**
 * Owns how much more may be handed out under limits while one round is dealt. Knows nothing of what limits are named.
 *
 * M1  What is given counts at once, under every limit that it is charged to.
 * M2  A job is given only where every limit that it is charged to has room for it.
 */

/** How much more may be with workers under a limit; Infinity: no cap. Below zero where a cap was lowered. */
export interface LimitLeft {
  jobs: number;
  millicores: number;
}

/** What jobs of a class count for, and against what, in the hands of one waiter. */
export interface Charge {
  readonly limits: readonly number[];
  readonly millicores: number;
}

/** Who deals asks it how many jobs of a class a waiter may be given, and tells it what was. */
export interface Room {
  places(classId: number, waiter: number): number;
  take(classId: number, waiter: number, jobs: number): void;
}

/** @see M1, M2 */
export class LimitRoom implements Room {
  /**
   * @param left by limit, counted down by what is given; of a limit that is missing nothing is known: nothing is given.
   * @param chargeOf of one job
   */
  constructor(
    private readonly left: ReadonlyMap<number, LimitLeft>,
    private readonly chargeOf: (classId: number, waiter: number) => Charge,
  ) {}

  places(classId: number, waiter: number): number {
    const { limits, millicores } = this.chargeOf(classId, waiter);
    let places = Infinity;
    for (const id of limits) {
      const left = this.left.get(id) ?? nothing;
      places = Math.min(places, left.jobs, Math.floor(left.millicores / millicores));
    }
    return Math.max(0, places);
  }

  take(classId: number, waiter: number, jobs: number): void {
    const { limits, millicores } = this.chargeOf(classId, waiter);
    for (const id of limits) {
      const left = this.left.get(id);
      if (!left) continue;
      left.jobs -= jobs;
      left.millicores -= jobs * millicores;
    }
  }
}

const nothing: LimitLeft = { jobs: 0, millicores: 0 };
