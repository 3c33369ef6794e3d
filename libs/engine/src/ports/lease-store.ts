import type { LimitKind } from '#contracts';
import type { ReadyRow } from '#core';
import type { ClassNeeds, WorkerOffer } from '../lease/fits.js';

export interface ReadyClass extends ClassNeeds {
  id: number;
  /** Names of limits that its jobs are charged to, where somebody defined them. */
  limits: string[];
  space: string;
  /** Subject of the owner. */
  owner: string;
  /** The leaf of the tree of shares that its jobs belong to; null: of an upload from before there were shares. */
  shareId: number | null;
  /** Public id of the workflow whose parallelism counts its jobs; '': of none. */
  workflow: string;
}

/** A session as the broker needs it to choose jobs. */
export interface SessionOffer {
  id: string;
  state: string;
  /** What its worker was told to do; null: nothing. */
  ordered: 'drain' | 'stop' | null;
  offer: WorkerOffer;
}

export interface PeekedRow extends ReadyRow {
  priority: number;
  workflowNo: string;
  task: number;
}

/** One grant to make: slices are positions in `rows`. */
export interface GrantPlan {
  workers: { session: string; requestId: string; token: string }[];
  slices: { row: number; worker: number; first: number; last: number }[];
  rows: PeekedRow[];
  limits: KnownLimits;
}

/** What the caller knows of limits, for a grant to be right about them. */
export interface KnownLimits {
  /** The change of limits that it has heard of last. */
  change: string;
  /** Whether any job of the plan is charged to a limit. */
  charged: boolean;
}

/** What a limit counts: templates that name it, a site, a space, a user, a workflow. */
export interface LimitName {
  kind: LimitKind;
  name: string;
}

/** How much more may run under a limit; null: no cap. Below zero where the cap was lowered. */
export interface LimitRoom {
  id: number;
  jobs: number | null;
  millicores: number | null;
}

export interface GrantedJob {
  /** Position of the worker in the plan, from 0. */
  worker: number;
  leaseId: string;
  token: string;
  workflowNo: string;
  task: number;
  ordinal: number;
  attempt: number;
  name: string;
  /** JSON text of the job's own fields, or null. */
  spec: string | null;
  /** The class that it was granted in. */
  classId: number;
}

export interface TaskSpec {
  workflowNo: string;
  task: number;
  workflow: string;
  workflowName: string;
  partition: number;
  label: string;
  /** The resolved Template as JSON text. */
  template: string;
  usualMs: number | null;
  space: string;
  /** Of the space, as it is now; null: none. */
  outputPrefix: string | null;
}

export interface LeaseStore {
  peek(classes: number[], rowsMax: number): Promise<PeekedRow[]>;
  /**
   * Nothing is granted to anybody when one of the sessions is not alive, when there are other limits than the caller knows
   * and it said that none is charged, or when a cap would be passed.
   * @throws LeaseRepeated when one of the requests was granted before: ask replay() for it.
   */
  grant(plan: GrantPlan): Promise<GrantedJob[]>;
  /** The row of these classes that has been ready for longest, as far as it is among the oldest of all. */
  oldest(classes: number[]): Promise<PeekedRow | null>;
  /** Jobs of requests that were granted before; `worker` is the position in `requests`. */
  replay(requests: { session: string; requestId: string }[]): Promise<GrantedJob[]>;
  tasks(refs: { workflowNo: string; task: number }[]): Promise<TaskSpec[]>;
  classesAfter(id: number): Promise<ReadyClass[]>;
  readyClasses(): Promise<number[]>;
  /** The limits there are, and the change that made them so. */
  limits(): Promise<{ change: string; limits: (LimitName & { id: number })[] }>;
  limitRoom(ids: number[]): Promise<LimitRoom[]>;
  sessions(ids: string[]): Promise<SessionOffer[]>;
  /** Of every site a text that is another one when anything of it has changed. */
  siteMarks(): Promise<ReadonlyMap<string, string>>;
}
