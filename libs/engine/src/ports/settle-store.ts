import type { PublicEventType } from '#contracts';
import type { WorkerOffer } from '../lease/fits.js';
import type { InHandStep } from './in-hand-store.js';
import type { PeekedRow, ReadyClass } from './lease-store.js';

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
  /** Null: what its template asks for. */
  allowedMib: (number | null)[];
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

/** What the failed attempts of one task and class share. */
export interface FailedTask {
  classId: number;
  /** JSON text of what decides it. */
  classKey: string;
  memoryMib: number;
  retries: number;
  infraRetries: number;
  /** The template's retry policy and resources as JSON texts. */
  retry: string;
  resources: string;
  label: string;
}

export interface AttemptPolicy {
  tries: number;
  infra: number;
  /** The class is its job's own, not the task's. */
  own: boolean;
  /** Where it ran; null: its session is not known any more. */
  site: string | null;
  of: FailedTask;
}

/** A class like another but for what `differs`. */
export interface ClassVariant {
  classId: number;
  /** Of the variant. */
  key: string;
  differs: { memoryMib?: number; avoidSites?: string[] };
}

/** Finished attempts of a task whose peak memory fell into one step. */
export interface TaskPeak extends TaskRef {
  /** Upper end of the step. */
  peakMib: number;
  jobs: number;
}

/** What a task has shown to need, and what it asks for. */
export interface TaskEvidence extends TaskRef {
  /** The template's resources as JSON text. */
  resources: string;
  classId: number;
  classKey: string;
  memoryMib: number;
  peaks: { peakMib: number; jobs: number }[];
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

/** Ends told by one session that were not plain. */
export interface ReportCount {
  session: string;
  /** Counted, though their attempts had been given up. */
  late: number;
  duplicate: number;
  stale: number;
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
  /** Where the outputs of these workflows lie, by number; those whose space has no prefix are left out. */
  outputPrefixes(workflowNos: readonly string[]): Promise<Map<string, string>>;
  endAttempts(columns: AttemptColumns): Promise<AppliedAttempts>;
  /** @returns which of the events (positions in the columns) are duplicates; the others are stale. */
  findDuplicates(columns: AttemptColumns, events: number[]): Promise<Set<number>>;
  /**
   * Leases again, under the lease they had, jobs whose newest attempt was given up as lost and that were not granted anew:
   * endAttempts() will accept the ends of these attempts.
   * @param events positions in the columns of events that say so.
   * @returns positions of those whose job is leased now; of events about one job the first.
   */
  reviveLost(columns: AttemptColumns, events: number[]): Promise<number[]>;
  release(ended: EndedJob[]): Promise<Released[]>;
  finishBarriers(barriers: { workflowNo: string; ordinal: number }[]): Promise<(TaskRef & { ordinal: number })[]>;
  /** What jobs of these classes need, and the workers that are there. */
  readPlaces(classIds: number[]): Promise<{ classes: ReadonlyMap<number, ReadyClass>; workers: WorkerOffer[] }>;
  /** Makes the classes that do not exist. */
  makeClasses(variants: readonly ClassVariant[]): Promise<void>;
  /** Gives jobs classes of their own, by key. */
  giveClasses(jobs: readonly { workflowNo: string; ordinal: number; key: string }[]): Promise<void>;
  /** @returns tasks that learn from their peaks, with the attempts counted before and now. */
  countPeaks(peaks: readonly TaskPeak[]): Promise<(TaskRef & { before: number; now: number })[]>;
  readEvidence(tasks: readonly TaskRef[]): Promise<TaskEvidence[]>;
  /** Gives tasks other classes, by key: for jobs that become ready from here on. */
  learn(tasks: readonly (TaskRef & { key: string })[]): Promise<void>;
  /** @returns classes that got ready jobs. */
  requeue(jobs: (TaskRef & { ordinal: number; delaySec: number })[]): Promise<number[]>;
  /** @returns tasks that have no open job left, or one that waits: it may be the final job. */
  record(partition: number, record: SettleRecord): Promise<TaskRef[]>;
  /** @param counts sessions distinct; one that is not known is left out. */
  countReports(partition: number, counts: readonly ReportCount[]): Promise<void>;
  /** Notes with what it settles how far a batch is settled. @throws StoreUnavailable when another process has it in hand */
  advanceInHand(step: InHandStep): Promise<void>;
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
