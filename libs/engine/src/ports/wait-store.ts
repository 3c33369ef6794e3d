import type { LimitKind, LimitView } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { LimitName, ReadyClass } from './lease-store.js';
import type { ClosedSite, WorkerKind } from './read-store.js';

/** Whose jobs run under a limit. */
export interface LimitHolder {
  workflow: string;
  name: string;
  owner: string;
  jobs: number;
}

/** A cause as the record keeps it. */
export interface RecordedWait {
  classId: number;
  cause: string;
  /** Which limit, share or site: another one is another wait. */
  subject: string;
  told: string;
  detail: Record<string, unknown>;
}

export interface OpenWait {
  classId: number;
  cause: string;
  subject: string;
}

/** Times are milliseconds since 1970 by the database's clock. */
export interface PastWait extends RecordedWait {
  fromMs: number;
  /** Null: it still is so. */
  untilMs: number | null;
}

/** A pause that held a job, by its record; times as of PastWait. Who ordered it is what the caller said; may be empty. */
export interface PastPause {
  about: 'workflow' | 'label' | 'job';
  label: string;
  fromMs: number;
  untilMs: number | null;
  pausedBy: string;
  resumedBy: string;
}

/** When a job became ready, as far as it is known. */
export interface JobReadiness {
  /** For its first attempt; null: it waits for parents. */
  readyMs: number | null;
  /** Classes that it was or will be granted in. */
  classIds: number[];
  /** When people ordered to try failed jobs of its workflow again. */
  retriedMs: number[];
  nowMs: number;
  /** Its workflow was. */
  submittedMs: number;
  /** The parent that was settled last; null: it has none that ran. */
  lastParent: { name: string; label: string } | null;
}

/** What keeps ready jobs from workers at one moment: nothing here locks anything. */
export interface WaitFactStore {
  /** Classes that have ready jobs which are not paused. */
  ready(): Promise<{ readyClass: ReadyClass; jobs: number }[]>;
  workerKinds(): Promise<WorkerKind[]>;
  limits(): Promise<LimitView[]>;
  closedSites(): Promise<ReadonlyMap<string, ClosedSite>>;
}

/** What the record says, and what a person wants to know besides. */
export interface WaitReadStore extends WaitFactStore {
  readiness(job: { workflowNo: string; ordinal: number }): Promise<JobReadiness | null>;
  /** The oldest first. */
  pauses(span: { workflowNo: string; ordinal: number; fromMs: number; untilMs: number }): Promise<PastPause[]>;
  past(span: { classIds: readonly number[]; fromMs: number; untilMs: number }): Promise<PastWait[]>;
  /** Of workflows that the asker sees. */
  holders(limit: LimitName, visible: VisibleSpaces): Promise<LimitHolder[]>;
  /** Seconds until a worker at one of these sites may have room, by usual run times; null: nobody knows. */
  nextFreeSec(sites: readonly string[]): Promise<number | null>;
}

/** The record of waits, one for all brokers. */
export interface WaitRecordStore extends WaitFactStore {
  /** Whether any job is ready that is not paused. */
  isReady(): Promise<boolean>;
  /** @returns whether it is this broker's turn to look: of several only one gets it in each period. */
  takeLook(periodSec: number): Promise<boolean>;
  open(): Promise<OpenWait[]>;
  /** In this order; what another broker began meanwhile stays. */
  change(ended: readonly number[], begun: readonly RecordedWait[]): Promise<void>;
  /** Removes what is older than it is kept. */
  forget(): Promise<void>;
}

/** As people write a limit: `db_limit`, `site:USDF`. */
export const limitText = ({ kind, name }: { kind: LimitKind; name: string }): string =>
  kind === 'named' ? name : `${kind}:${name}`;
