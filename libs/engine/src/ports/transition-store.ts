import type { SettleTransaction } from './settle-store.js';

/** Work that was left for the owner of a partition. */
export interface Command {
  id: string;
  workflowNo: string;
  partition: number;
  kind: 'seal' | 'cancel' | 'retry' | 'prune';
  /** JSON text. */
  args: string;
}

/** A job that a cancel ended. */
export interface CancelledJob {
  ordinal: number;
  task: number;
  /** Code of the state it had. */
  state: number;
  attempt: number;
  /** Who held it, if it was leased. */
  session: string | null;
}

/** Which failed jobs run again; null: no condition. */
export interface RetryChoice {
  labels: string[] | null;
  /** Codes. */
  reasons: number[] | null;
  ordinals: number[] | null;
}

export interface RetryCounts {
  retried: number;
  unpruned: number;
  /** `on: ended` children and final jobs that run again. */
  again: number;
}

/** A transaction of a user's or our own command, alone on its partition. */
export interface TransitionTransaction extends SettleTransaction {
  /** Lets PostgreSQL plan as it likes: for statements over a whole workflow. */
  planFreely(): Promise<void>;
  cancelJobs(workflowNo: string, options: { jobsMax: number; spareFinal: boolean }): Promise<CancelledJob[]>;
  cancelCountDown(workflowNo: string, ordinals: number[]): Promise<void>;
  /** @returns the new run number, or null if the workflow has not ended. */
  reopen(workflowNo: string): Promise<number | null>;
  retryJobs(workflowNo: string, runNo: number, choice: RetryChoice): Promise<RetryCounts>;
  /** Counts unmet edges and the tasks' jobs anew, and makes ready what waits for nothing. @returns classes and barriers. */
  wakeRetried(workflowNo: string): Promise<{ classes: number[]; barriers: number[] }>;
  recount(workflowNo: string): Promise<void>;
  /** Barriers that are ready: they only wait to be finished. */
  openBarriers(workflowNo: string): Promise<number[]>;
  pruneLeft(workflowNo: string, rowsMax: number): Promise<number[]>;
  finish(commandId: string, result: Record<string, unknown>): Promise<void>;
}

export interface TransitionStore {
  /** The oldest open command of each partition, `besides` passed over. */
  nextCommands(partitions: number[], besides?: string[]): Promise<Command[]>;
  step<T>(partition: number, work: (tx: TransitionTransaction) => Promise<T>): Promise<T>;
  /** Moves retries whose back-off is over to ready. */
  releaseHeld(): Promise<{ classes: number[]; nextSec: number | null }>;
}
