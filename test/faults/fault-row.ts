import type { FaultPoint } from '#faultpoint';
import type { Trial } from './trial.js';

/** One fault of RELIABILITY.md section 2: what is done to the system, and what must hold all the same. */
export interface FaultRow {
  /** As in RELIABILITY.md section 2: 'A9', 'C1'. */
  readonly id: string;
  /** What is done, in a few words. */
  readonly title: string;
  /** In the short set, which takes 8 minutes on two cores with one seed. */
  readonly inCi: boolean;
  /** Fault points that it hits; every registered one is hit by some row. */
  readonly points?: readonly FaultPoint[];
  /** @throws when it was not survived */
  run(trial: Trial): Promise<void>;
}

/** Thrown by a row that this machine lacks a tool for: it was tried by nobody, and so not survived. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut';
  constructor(needs: string) {
    super(`left out: needs ${needs}`);
  }
}
