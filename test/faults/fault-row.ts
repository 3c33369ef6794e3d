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
  /** I29: a transaction may be as old, in seconds; default 5. `stillSecMax` where processes stand still, or the disk is slow. */
  readonly transactionSecMax?: number;
  /** @throws when it was not survived */
  run(trial: Trial): Promise<void>;
}

/** Of a process that stands still, or whose line leads nowhere, the server ends a transaction by then. @see TransactionWatch */
export const stillSecMax = 35;

/** Thrown by a row that this machine lacks a tool for: it was tried by nobody, and so not survived. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut';
  constructor(needs: string) {
    super(`left out: needs ${needs}`);
  }
}
