import type {
  CancelCause,
  Counts,
  FailedBy,
  FailReason,
  JobFilter,
  JobState,
  JobView,
  SiteState,
  WorkflowConditions,
  WorkflowQuery,
  WorkflowState,
  WorkflowSummary,
} from '#contracts';
import type { PeakCount, RetryPolicy, VisibleSpaces } from '#core';
import type { WorkerOffer } from '../lease/fits.js';
import type { UploadHeader } from '../upload/upload-header.js';
import type { ReadyClass } from './lease-store.js';
import type { Owner } from './upload-store.js';

/** A sealed workflow: its number inside (a bigint as text) and its public id. */
export interface WorkflowRef {
  workflowNo: string;
  id: string;
}

/** The same, and whose it is. */
export interface OwnedWorkflow extends WorkflowRef {
  space: string;
  owner: Owner;
}

/** One task in a snapshot of its workflow; labels with several templates have several. State `paused`: its label is. */
export interface TaskSnapshot {
  label: string;
  state: WorkflowState;
  counts: Counts;
  /** Of the ready ones: what a pause holds. */
  pausedReady: number;
  memory: TaskMemorySnapshot;
  /** Since when its label is paused by itself; null: it is not. */
  pausedAt: string | null;
  /** By whom, as the caller said; may be empty. */
  pausedBy: string;
  /** When the first and the last of its jobs in back-off are due, ms since 1970; null: none is. */
  held: { fromMs: number; untilMs: number } | null;
}

/** Memory of a task in MiB: what its template asks for, what jobs that become ready now get, what finished ones used. */
export interface TaskMemorySnapshot {
  askedMib: number;
  nextMib: number;
  peaks: PeakCount[];
}

/** Everything a WorkflowView needs, as of one moment. */
export interface WorkflowSnapshot {
  id: string;
  name: string;
  state: WorkflowState;
  submittedAt: string | null;
  endedAt: string | null;
  runNo: number;
  space: string;
  owner: string;
  cancelRequested: boolean;
  /** Null: somebody ordered its cancel, or nobody did. */
  cancelCause: CancelCause | null;
  /** Of its policy; null: it has any time. */
  timeoutSec: number | null;
  /** When this run of it is over that time, RFC 3339 UTC. */
  deadlineAt: string | null;
  /** Database time of the pause, RFC 3339 UTC; null: not paused. */
  pausedAt: string | null;
  /** By whom, as the caller said; may be empty. */
  pausedBy: string;
  /** When it was archived, and the folder of its files, if they were written; null: it is not. */
  archived: { at: string; place: string | null } | null;
  /** Messages about it that were set aside and not put back; null: none. */
  deadLetters: { total: number; oldestAt: string } | null;
  tasks: TaskSnapshot[];
  /** By label. */
  failedBy: ReadonlyMap<string, FailedBy>;
  /** Ready jobs that no pause holds, by label and class. */
  ready: { label: string; classId: number; jobs: number }[];
  /** What their classes need. */
  needs: ReadonlyMap<number, ReadyClass>;
  /** Who might run them; empty when nothing is ready. */
  workers: WorkerKind[];
}

/** Workers that are alike and may be granted leases now. Time left is that of the one that has most. */
export interface WorkerKind extends WorkerOffer {
  workers: number;
  /** Those of them that hold jobs. */
  holding: number;
}

/** A site that is not open, and by whose order. Texts may be empty. */
export interface ClosedSite {
  state: SiteState;
  note: string;
  by: string;
  /** RFC 3339 UTC. */
  since: string;
}

/** One job, with what says why it is where it is. */
export interface JobSnapshot {
  ordinal: number;
  name: string;
  label: string;
  state: JobState;
  reason: FailReason | null;
  attempt: number;
  parentsLeft: number;
  classId: number;
  /** Public id of its workflow. */
  workflow: string;
  workflowState: WorkflowState;
  cancelRequested: boolean;
  /** As of WorkflowSnapshot. */
  pausedAt: string | null;
  pausedBy: string;
  /** The same of its label, paused by itself. */
  labelPausedAt: string | null;
  labelPausedBy: string;
  /** The same of itself, whatever its label and its workflow are. */
  ownPausedAt: string | null;
  ownPausedBy: string;
  /** Milliseconds until a held job is due; null: not held. */
  heldMs: number | null;
  site: string | null;
  worker: string | null;
  /** Milliseconds since the lease of a leased job was granted. */
  leasedMs: number | null;
  exitCode: number | null;
  message: string | null;
  /** Of its last attempt, if that failed. */
  fingerprint: string | null;
  /** Why its last attempt ended, if that failed; `reason` is why the job did. */
  lastReason: FailReason | null;
  signal: string | null;
  /** What its template says about trying again, and what of it is used up. */
  retry: RetryPolicy & { triesUsed: number; infraUsed: number };
}

export interface UnmetParents {
  /** Parents in all, the met ones included. */
  total: number;
  /** The first of those that the job still waits for. */
  first: { name: string; label: string; state: JobState; reason: FailReason | null }[];
}

/** A job that failed by itself, not because of a parent. */
export interface RootFailure {
  name: string;
  label: string;
  reason: FailReason | null;
  exitCode: number | null;
  message: string | null;
  /** The error group; null for a job that was cancelled. */
  fingerprint: string | null;
}

/** Jobs of a workflow that a filter lets through. */
export interface JobSelection extends JobFilter {
  workflowNo: string;
}

/** One step through them in document order: at most `rows`, behind an ordinal (-1: from the first). */
export interface JobStep extends JobSelection {
  after: number;
  rows: number;
}

/**
 * Reads for people; none of them locks anything or lasts long. Unsealed workflows are invisible but to uploadHeader().
 * What is asked for by name or id is looked for among the workflows of the spaces that the asker sees; what takes a
 * workflow's number relies on that.
 */
export interface ReadStore {
  /** With what its space says of outputs. */
  uploadHeader(id: string): Promise<{ header: UploadHeader; outputPrefix: string | null } | null>;
  /** At most two: enough to know that the prefix is not unique. */
  workflowsByPrefix(prefix: string, rows: number, visible: VisibleSpaces): Promise<OwnedWorkflow[]>;
  /** The newest with exactly this name. */
  workflowByName(name: string, visible: VisibleSpaces): Promise<OwnedWorkflow | null>;
  /** The newest of each name that fits a pattern of LIKE, the newest first. */
  workflowsByPattern(
    pattern: string,
    rows: number,
    visible: VisibleSpaces,
  ): Promise<(OwnedWorkflow & { name: string })[]>;
  /** @param before 0: the last submitted. */
  workflowLast(before: number, visible: VisibleSpaces): Promise<OwnedWorkflow | null>;
  /** `conditions`: what its query asks for. */
  workflowPage(
    query: WorkflowQuery & { conditions?: WorkflowConditions | null; visible: VisibleSpaces },
  ): Promise<WorkflowSummary[]>;
  /** In one statement: people who watch ask again and again. @param id the public id, whole */
  workflow(id: string, visible: VisibleSpaces): Promise<WorkflowSnapshot | null>;
  classNeeds(classIds: readonly number[]): Promise<ReadonlyMap<number, ReadyClass>>;
  workerKinds(): Promise<WorkerKind[]>;
  closedSites(): Promise<ReadonlyMap<string, ClosedSite>>;
  jobs(step: JobStep): Promise<JobView[]>;
  jobByName(job: { workflowNo: string; name: string; label?: string }): Promise<number | null>;
  /** @returns ordinals by place in `names`, each `name` or `label/name`: all that are so named. */
  jobsNamed(workflowNo: string, names: readonly string[]): Promise<number[][]>;
  job(workflowNo: string, ordinal: number): Promise<JobSnapshot | null>;
  unmetParents(job: { workflowNo: string; ordinal: number; rows: number }): Promise<UnmetParents>;
  rootFailure(workflowNo: string, ordinal: number): Promise<RootFailure | null>;
}
