import type { PublicEventType } from '#contracts';
import type { PeekedRow } from './lease-store.js';

/** Ends of attempts in columns: position i of every list is event i. */
export interface AttemptColumns {
  /** Distinct leases named by the events, with the token each batch gave. */
  leases: { id: string[]; token: string[] };
  workflowNo: string[];
  ordinal: number[];
  attempt: number[];
  /** Position of its lease, from 1. */
  leaseNo: number[];
  /** Codes of core: what the job becomes (finished, failed, ready), why, and how the attempt went. */
  nextState: number[];
  reason: number[];
  outcome: number[];
  tries: number[];
  infra: number[];
  exitCode: (number | null)[];
  signal: (string | null)[];
  /** Of failed attempts, once they are decided: 16 hex digits, the error group. */
  fingerprint: (string | null)[];
  startedAtMs: (number | null)[];
  endedAtMs: number[];
  cpuSec: (number | null)[];
  peakMemoryMib: (number | null)[];
  /** Position of its batch in `batchIds`, from 1. */
  batchNo: number[];
  message: (string | null)[];
  outputs: (string | null)[];
  batchIds: string[];
}

/** The events that counted: position in the columns (from 0), task, run number. */
export interface AppliedAttempts {
  events: number[];
  tasks: number[];
  runNos: number[];
  /** Limits under which some of them ran. */
  limits: number[];
}

export interface AttemptPolicy {
  tries: number;
  infra: number;
  retries: number;
  infraRetries: number;
  /** The template's retry policy as JSON text. */
  retry: string;
  label: string;
}

export interface EndedJob {
  workflowNo: string;
  ordinal: number;
  /** 3 finished, 4 failed for good, 0 failed earlier: prune below it only. */
  code: 3 | 4 | 0;
}

export interface Released {
  workflowNo: string;
  task: number;
  classId: number;
  /** `paused`: ready, in a paused workflow. */
  what: 'ready' | 'barrier' | 'pruned' | 'paused';
  jobs: number;
  /** Of barriers and pruned jobs only. */
  ordinals: number[];
  /** The rows in which the ready jobs wait, as far as they are known. */
  ready: PeekedRow[];
}

export interface TaskChange {
  workflowNo: string;
  task: number;
  /** Jobs that left state waiting. */
  unwaiting: number;
  finished: number;
  failed: number;
  runMs: number;
  runs: number;
}

export interface FailureChange {
  workflowNo: string;
  task: number;
  reason: number;
  jobs: number;
}

export interface OutboxEvent {
  workflowNo: string;
  type: PublicEventType;
  body: string;
}

export interface BatchRecord {
  batchId: string;
  session: string;
  events: number;
  duplicate: number[];
  stale: number[];
}

export interface SettleRecord {
  tasks: TaskChange[];
  failures: FailureChange[];
  events: OutboxEvent[];
  batches: BatchRecord[];
}

export interface TaskRef {
  workflowNo: string;
  task: number;
}

export interface OpenJobs {
  workflowNo: string;
  open: number;
  finished: number;
  failed: number;
  cancelled: number;
  finalOrdinal: number | null;
  finalWhen: 'always' | 'success' | null;
  finalState: number | null;
  finalTask: number | null;
  cancelRequested: boolean;
  failFast: boolean;
  state: string;
}

/** One transaction that changes states of jobs of one partition, alone: it holds the partition's lock to its end. */
export interface SettleTransaction {
  /** Most jobs that one release prunes. */
  readonly pruneJobsMax: number;
  readAttempts(jobs: { workflowNo: string[]; ordinal: number[] }): Promise<Map<number, AttemptPolicy>>;
  endAttempts(columns: AttemptColumns): Promise<AppliedAttempts>;
  /** @returns which of the events (positions in the columns) are duplicates; the others are stale. */
  findDuplicates(columns: AttemptColumns, events: number[]): Promise<Set<number>>;
  release(ended: EndedJob[]): Promise<Released[]>;
  finishBarriers(barriers: { workflowNo: string; ordinal: number }[]): Promise<(TaskRef & { ordinal: number })[]>;
  /** @returns classes that got ready jobs. */
  requeue(jobs: (TaskRef & { ordinal: number; delaySec: number })[]): Promise<number[]>;
  /** @returns tasks that have no open job left, or one that waits: it may be the final job. */
  record(partition: number, record: SettleRecord): Promise<TaskRef[]>;
  labels(tasks: TaskRef[]): Promise<Map<string, string>>;
  openJobs(workflowNos: string[]): Promise<OpenJobs[]>;
  endTasks(tasks: TaskRef[]): Promise<{ workflowNo: string; label: string; state: string }[]>;
  endWorkflows(workflows: { workflowNo: string; state: string }[]): Promise<string[]>;
  releaseFinalJobs(
    jobs: { workflowNo: string; ordinal: number; run: boolean }[],
  ): Promise<(TaskRef & { classId: number | null })[]>;
  /** Orders the cancel of those workflows that fail fast. @returns those it was ordered for by this call. */
  failFast(workflowNos: string[]): Promise<string[]>;
  /**
   * Nothing of the workflow is handed out from here on, but a final job that runs always: a pause ends with it.
   * @returns classes that got ready jobs: that of a final job that was paused.
   */
  unqueue(workflowNo: string): Promise<number[]>;
  /** Orders a prune: it goes on with what a release left. */
  leaveRest(workflowNo: string): Promise<void>;
}

export interface SettleStore {
  /** @throws StoreUnavailable when PostgreSQL is lost: all or nothing was applied; send it again. */
  settle<T>(partition: number, work: (tx: SettleTransaction) => Promise<T>): Promise<T>;
}
