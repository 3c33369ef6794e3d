import type { SandboxRule } from '#contracts';
import type { ReadyRow } from '#core';
import type { ClassNeeds, WorkerOffer } from '../lease/fits.js';

export interface ReadyClass extends ClassNeeds {
  id: number;
  diskMib: number;
}

/** A session as the broker needs it to choose jobs. */
export interface SessionOffer {
  id: string;
  state: string;
  /** What its worker was told to do; null: nothing. */
  ordered: 'drain' | 'stop' | null;
  /** How its site wants payloads confined. */
  sandbox: SandboxRule;
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
  /** Jobs of requests that were granted before; `worker` is the position in `requests`. */
  replay(requests: { session: string; requestId: string }[]): Promise<GrantedJob[]>;
  tasks(refs: { workflowNo: string; task: number }[]): Promise<TaskSpec[]>;
  classesAfter(id: number): Promise<ReadyClass[]>;
  readyClasses(): Promise<number[]>;
  sessions(ids: string[]): Promise<SessionOffer[]>;
  /** Of every site a text that is another one when anything of it has changed. */
  siteMarks(): Promise<ReadonlyMap<string, string>>;
}
