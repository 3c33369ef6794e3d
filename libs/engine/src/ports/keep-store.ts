import type { ArchiveView, AttemptOutcome, ErrorGroups, FailReason, WorkflowState } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { WorkflowRef } from './read-store.js';

/** An ended workflow that may be archived, as of one moment. */
export interface EndedWorkflow extends WorkflowRef {
  runNo: number;
}

/** One attempt as the file of an archived workflow tells it. Times are RFC 3339, UTC. */
export interface KeptAttempt {
  ordinal: number;
  name: string;
  label: string;
  attempt: number;
  runNo: number;
  outcome: AttemptOutcome;
  reason: FailReason | null;
  exitCode: number | null;
  signal: string | null;
  site: string | null;
  worker: string | null;
  /** PostgreSQL's clock; startedAt and endedAt are the worker's. */
  leasedAt: string;
  startedAt: string | null;
  endedAt: string;
  settledAt: string;
  cpuSec: number | null;
  peakMemoryMib: number | null;
  message: string | null;
  /** What the job returned, as it came; null: nothing. */
  outputs: unknown;
}

/** What stays of an archived workflow beside its counts. */
export interface ArchivedWorkflow {
  /** RFC 3339, UTC. */
  archivedAt: string;
  /** Folder of its files; null: the policy was to keep none. */
  place: string | null;
  errors: ErrorGroups;
}

/** How a workflow stands towards the archive. */
export interface ArchiveStanding {
  state: WorkflowState;
  jobs: number;
  hasDocument: boolean;
  /** Somebody ordered it since it ended. */
  ordered: boolean;
  archived: { at: string; place: string | null } | null;
}

/** A line of the list of ended workflows, and what the next page begins after. */
export interface ArchiveLine {
  workflowNo: string;
  view: ArchiveView;
}

/**
 * Rows that are of no use after some days: events that the stream has stored, batches and leases of what ended, kept answers, the
 * parallelism of what ended.
 */
export type PrunedRows = 'events' | 'batches' | 'leases' | 'inHand' | 'answers' | 'limits';

/** What is kept of what has ended. Each call is one short transaction, and safe to repeat. */
export interface KeepStore {
  /** Those that ended longest ago first. */
  due(request: { partitions: readonly number[]; days: number; rows: number }): Promise<EndedWorkflow[]>;
  /** Those that somebody ordered to archive since they ended, whatever their age. */
  ordered(request: { partitions: readonly number[]; rows: number }): Promise<EndedWorkflow[]>;
  /** Orders that an ended workflow be archived. @returns false when it was ordered or archived before, or is open again */
  order(workflowNo: string): Promise<boolean>;
  /** Null: there is no such workflow. */
  standing(workflowNo: string): Promise<ArchiveStanding | null>;
  /** Ended workflows in the order of their submission: those that are archived, or those that are not. */
  list(request: { archived: boolean; after: string; rows: number; visible: VisibleSpaces }): Promise<ArchiveLine[]>;
  /** Behind attempt `attempt` of job `ordinal`, in this order. */
  attempts(after: { workflowNo: string; ordinal: number; attempt: number; rows: number }): Promise<KeptAttempt[]>;
  /**
   * Archives it, if it is as it was. `changed`: it was retried meanwhile, or is about to be. `before`: somebody else was
   * faster.
   */
  archive(
    workflow: EndedWorkflow,
    kept: Omit<ArchivedWorkflow, 'archivedAt'>,
  ): Promise<'archived' | 'before' | 'changed'>;
  archived(workflowNo: string): Promise<ArchivedWorkflow | null>;
  /** Ranges that can go, with the workflows of each that must stay; those together have at most `jobsMax` jobs. */
  ranges(jobsMax: number): Promise<{ range: number; kept: string[] }[]>;
  /** @returns false when another workflow of it is not archived: ask ranges() anew. @throws StoreUnavailable when others are in the way */
  thinRange(range: { range: number; kept: readonly string[] }): Promise<boolean>;
  /** Drops one table that thinRange() took out. @returns its name; null: there was none */
  dropTable(): Promise<string | null>;
  /** Forgets orders of long ago, by the policy and nothing else. @returns how many */
  pruneAudit(request: { days: number; rows: number }): Promise<number>;
  /** Removes old rows, at most `rows` of each part. @returns how many; 0: none is left */
  prune(what: PrunedRows, request: { days: number; rows: number }): Promise<number>;
}

/** Where files of archived workflows go. */
export interface ArchiveFolder {
  /** Writes the files of one workflow, whole or not at all, and forces them to disk. @returns their folder */
  write(name: string, files: Readonly<Record<string, AsyncIterable<string>>>): Promise<string>;
  /** Removes what write() made. */
  remove(name: string): Promise<void>;
}
