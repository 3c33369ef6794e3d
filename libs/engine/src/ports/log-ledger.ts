import type { FilePlace } from './file-store.js';

/** An attempt by numbers. */
export interface AttemptRef {
  workflowNo: string;
  ordinal: number;
  attempt: number;
}

/** A full log on its way: stdout, then stderr, each compressed by itself. */
export interface NewLog extends AttemptRef {
  session: string;
  /** Of all its bytes. */
  sha256: string;
  bytes: number;
  stdoutBytes: number;
}

/**
 * `pending`: its room is taken, bytes may come to this place. `kept`: they came before. `leftOut`: the space has no room. `none`:
 * the session does not hold that attempt. `differs`: another log of it is there, or on its way.
 */
export type LogBeginning =
  | { kind: 'pending'; place: FilePlace }
  | { kind: 'kept' }
  | { kind: 'leftOut' }
  | { kind: 'none' }
  | { kind: 'differs' };

export interface KeptLog {
  attempt: number;
  place: FilePlace;
  bytes: number;
  stdoutBytes: number;
  /** The space had no room for it: there is nothing. */
  leftOut: boolean;
  /** UTC. */
  createdAt: Date;
}

export type PlacedLog = AttemptRef & { place: FilePlace };

/**
 * Which full logs count, and how much of them spaces keep.
 * L1  Bytes in the store are named by a row before they come; a row that is overdue is removed with them, so a death leaves
 *     nothing for good.
 * L2  Room is taken before bytes come, and a log without room is noted as left out: the attempt is what it is without.
 */
export interface LogLedger {
  begin(log: NewLog): Promise<LogBeginning>;
  /** Its bytes are there. @returns false when it was overdue and was taken away */
  finish(log: NewLog): Promise<boolean>;
  /**
   * It is kept no more, and its room is given back.
   * @param options.pending only if its bytes are still on their way
   * @param removeBytes is called before that is so
   */
  remove(log: AttemptRef, options: { pending: boolean }, removeBytes: () => Promise<void>): Promise<void>;
  overdue(rowsMax: number): Promise<PlacedLog[]>;
  /** Of workflows that were archived. */
  archived(rowsMax: number): Promise<PlacedLog[]>;
  /** Of the attempts of a job, oldest first. */
  ofJob(workflowNo: string, ordinal: number): Promise<KeptLog[]>;
}
