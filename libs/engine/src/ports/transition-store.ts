import type { CancelCause, Counts, FilterCondition, WorkflowState } from '#contracts';
import type { SettleTransaction } from './settle-store.js';
import type { QueuedOver } from './upload-store.js';

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

export interface CancelledJobs {
  jobs: CancelledJob[];
  /** Limits under which some of them ran. */
  limits: number[];
}

/** Which failed jobs run again; null: no condition. */
export interface RetryChoice {
  labels: string[] | null;
  /** Codes. */
  reasons: number[] | null;
  ordinals: number[] | null;
  exitCodes: number[] | null;
  fingerprints: string[] | null;
  sites: string[] | null;
  /** Conditions that are turned around. */
  except: FilterCondition[];
  /** Whether the retry is to tell which jobs it chose. */
  tellJobs: boolean;
}

/** Which open jobs are meant; null: no condition. */
export interface OpenChoice extends Omit<RetryChoice, 'tellJobs'> {
  /** Codes. */
  states: number[] | null;
  /** Whether they are paused by themselves. */
  paused: boolean | null;
}

/** Jobs that a retry touches, each counted once. */
export interface RetryCounts {
  /** Chosen jobs that run again. */
  retried: number;
  unpruned: number;
  /** `on: ended` children and final jobs that had finished and run again. */
  finishedAgain: number;
  /** Those that had failed and were not chosen. */
  failedAgain: number;
}

/** Jobs of one label whose memory changed. */
export interface ResizedJobs {
  label: string;
  jobs: number;
  fromMib: number;
  toMib: number;
}

/** The class that jobs of one label have. */
export interface ChosenClass {
  label: string;
  classId: number;
  classKey: string;
  memoryMib: number;
  jobs: number;
}

export interface RetryTouch extends RetryCounts {
  /** In the order of the document. */
  tasks: (RetryCounts & { label: string })[];
}

/** Who gave an order, as the caller says; may be empty. */
export interface Orderer {
  by: string;
}

/** A workflow as an order finds it. */
export interface OrderTarget {
  state: WorkflowState;
  cancelRequested: boolean;
  /** This order changed it. */
  changed: boolean;
}

/** The same for an order about labels. */
export interface LabelsTarget extends OrderTarget {
  /** Labels that the workflow does not have. */
  unknownLabels: string[];
}

/** Where the jobs of a workflow stand, by task, in the order of the document. */
export interface OrderView {
  /** Public id. */
  id: string;
  state: WorkflowState;
  /** Database time of the pause, RFC 3339 UTC; null: not paused. */
  pausedAt: string | null;
  /** `paused`: it or its label was paused by itself, whatever its workflow is. */
  tasks: { label: string; counts: Counts; paused: boolean }[];
  /** Open jobs that are paused by themselves. */
  pausedJobs: number;
}

/** A transaction of a user's or our own command, alone on its partition. */
export interface TransitionTransaction extends SettleTransaction {
  /** Lets PostgreSQL plan as it likes: for statements over a whole workflow. */
  planFreely(): Promise<void>;
  /** @returns also the limits under which some of them ran. */
  cancelJobs(workflowNo: string, options: { jobsMax: number; spareFinal: boolean }): Promise<CancelledJobs>;
  cancelCountDown(workflowNo: string, ordinals: number[]): Promise<void>;
  /** Locks a workflow for an order about some of its jobs; changed: false. @returns null for an unknown workflow. */
  target(workflowNo: string): Promise<OrderTarget | null>;
  /** Ordinals of open jobs, no barriers and no final job, in document order. */
  chooseOpen(workflowNo: string, choice: OpenChoice, jobsMax: number): Promise<number[]>;
  /** Where these open jobs stand, by label in document order; with this transaction's own changes. */
  countOpen(workflowNo: string, ordinals: readonly number[]): Promise<{ label: string; counts: Counts }[]>;
  /** Nothing of these open jobs is handed out from here on; what is leased goes on. None was paused by itself before. */
  pauseJobs(workflowNo: string, ordinals: readonly number[], orderer: Orderer): Promise<void>;
  /** Takes the pause of these jobs back; those of their labels and their workflow stay. @returns the classes that got ready jobs. */
  resumeJobs(workflowNo: string, ordinals: readonly number[], orderer: Orderer): Promise<number[]>;
  /** Nothing of these jobs is handed out from here on: they are to end. */
  unqueueJobs(workflowNo: string, ordinals: readonly number[]): Promise<void>;
  /** Ends those of these jobs that are in one of these states (codes). unqueueJobs() went before. */
  cancelThese(
    workflowNo: string,
    options: { ordinals: readonly number[]; states: readonly number[] },
  ): Promise<CancelledJobs>;
  /** With this transaction's own changes. */
  view(workflowNo: string): Promise<OrderView>;
  /**
   * Asks for the end of a workflow that has not ended, and orders its cancel from the partition's owner. unqueue() follows.
   * @param cause null: somebody orders it
   * @returns null for an unknown workflow; with `timeout` also for one that is not over its time.
   */
  requestCancel(workflowNo: string, cause: CancelCause | null): Promise<OrderTarget | null>;
  /** Nothing of a running workflow is handed out from here on. @returns null for an unknown workflow. */
  pause(workflowNo: string, orderer: Orderer): Promise<OrderTarget | null>;
  /** Nothing of these labels is handed out from here on. @returns null for an unknown workflow. */
  pauseLabels(workflowNo: string, labels: readonly string[], orderer: Orderer): Promise<LabelsTarget | null>;
  /** Takes the pause of labels back; that of the workflow stays. @returns with the classes that got ready jobs. */
  resumeLabels(
    workflowNo: string,
    labels: readonly string[],
    orderer: Orderer,
  ): Promise<(LabelsTarget & { classes: number[] }) | null>;
  /** Takes a pause back; labels that were paused by themselves stay so. @returns with the classes that got ready jobs; null for an unknown workflow. */
  resume(workflowNo: string, orderer: Orderer): Promise<(OrderTarget & { classes: number[] }) | null>;
  /** Takes every pause of a workflow back. @returns with the classes that got ready jobs; null for an unknown workflow. */
  resumeAll(workflowNo: string, orderer: Orderer): Promise<(OrderTarget & { classes: number[] }) | null>;
  /** @returns the new run number, or null if the workflow has not ended. */
  reopen(workflowNo: string): Promise<number | null>;
  /** @returns with the ordinals of the chosen jobs that run again, if the choice asks for them. */
  retryJobs(workflowNo: string, runNo: number, choice: RetryChoice): Promise<{ touch: RetryTouch; chosen: number[] }>;
  /** Whether its space or its owner has no room for so many open jobs more; who submits under that quota waits from here on. */
  queuedOver(workflowNo: string, jobs: number): Promise<QueuedOver | null>;
  /** In the order of the document. */
  chosenClasses(workflowNo: string, ordinals: number[]): Promise<ChosenClass[]>;
  /** Gives jobs classes of their own, by key, each by the class that it has. */
  moveClasses(workflowNo: string, ordinals: number[], moves: { classId: number; key: string }[]): Promise<void>;
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
  /** A step that is taken back: what it would do and nothing else. */
  rehearse<T>(partition: number, work: (tx: TransitionTransaction) => Promise<T>): Promise<T>;
  /** Moves retries whose back-off is over to ready. */
  releaseHeld(): Promise<{ classes: number[]; nextSec: number | null }>;
  /** Some workflows that are over their time and are not to be cancelled yet, and seconds until the next one is; null: none. */
  overdue(partitions: readonly number[]): Promise<{ workflowNos: string[]; nextSec: number | null }>;
}
