import type { ReasonWord } from '../codes.js';
import type { MemoryPolicy, RetryPolicy } from '../job/decide-attempt.js';
import type { LeaseKey } from './judge-end.js';
import type { JobKind, JobPlace } from './job-transition.js';
import type { WorkflowEnd } from './workflow-transition.js';

/** What the document says of a job. */
export interface MachineShape {
  kind: JobKind;
  task: number;
  /** Positions of parents that must finish. */
  success: readonly number[];
  /** Positions of parents that must only end. */
  ended: readonly number[];
}

/** What its template says. */
export type MachineTask = RetryPolicy & { memory: MemoryPolicy };

export interface MachineJob extends MachineShape {
  place: JobPlace;
  reason: ReasonWord | null;
  /** The newest; 0: it was never granted. */
  attempt: number;
  lease: LeaseKey | null;
  runNo: number;
  /** What was charged to its two budgets. */
  tries: number;
  infra: number;
  /** What it is allowed, in MiB. */
  memoryMib: number;
  /** Paused by itself. */
  paused: boolean;
  /** Of the final job: it does not wait for the others any more. */
  released: boolean;
}

/** What a worker says about the end of an attempt. */
export interface MachineEnd {
  outcome: 'finished' | 'failed' | 'returned';
  /** Of what failed; `error` if not given. */
  reason?: ReasonWord | undefined;
  exitCode?: number | undefined;
  peakMemoryMib?: number | undefined;
  byOrder?: boolean | undefined;
}

export interface MachineEvent extends MachineEnd {
  ordinal: number;
  attempt: number;
  lease: LeaseKey;
}

/** What is told to the world. */
export type Told =
  | { what: 'job'; runNo: number; ordinal: number; outcome: 'finished' | ReasonWord }
  | { what: 'task'; runNo: number; task: number; state: WorkflowEnd }
  | { what: 'workflow'; runNo: number; state: WorkflowEnd }
  | { what: 'reopened'; runNo: number };

export const freshJob = {
  place: 'waiting',
  reason: null,
  tries: 0,
  infra: 0,
  paused: false,
  released: false,
} as const satisfies Partial<MachineJob>;
