import type { ReadyRow } from '#core';
import type { ClassNeeds, WorkerOffer } from '../lease/fits.js';

export interface ReadyClass extends ClassNeeds {
  id: number;
  diskMib: number;
  /** The leaf of the tree of shares that its jobs belong to; null: of an upload from before there were shares. */
  shareId: number | null;
}

/** A session as the broker needs it to choose jobs. */
export interface SessionOffer extends WorkerOffer {
  id: string;
  state: string;
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
}

export interface LeaseStore {
  peek(classes: number[], rowsMax: number): Promise<PeekedRow[]>;
  /**
   * Nothing is granted to anybody when one of the sessions is not alive.
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
  sessions(ids: string[]): Promise<SessionOffer[]>;
}
