import type { JobId, LeaseJob, LeaseTask, WorkerTerms } from '#contracts';
import type { TransformDefinition } from '#transform-sdk';
import type { HeldAttempts } from './held-attempts.js';
import type { UsualTime } from './usual-time.js';

/** The right to work that a register brought. Leases, and so their jobs, belong to it for ever. */
export interface SessionGrant {
  readonly session: string;
  /** The newest: each ends after a while, and beats bring the next. */
  token: string;
  /** What its site says, as it was heard last. */
  terms: WorkerTerms;
  readonly held: HeldAttempts;
}

/** One granted lease. */
export interface Lease {
  readonly id: string;
  readonly token: string;
  readonly grant: SessionGrant;
}

/** What the jobs of one task share while this worker knows it. */
export interface LeasedTask {
  readonly facts: LeaseTask;
  /** Null: this worker does not offer the transform. */
  readonly transform: TransformDefinition | null;
  readonly usual: UsualTime;
}

/** One attempt that this worker holds. */
export interface LeasedJob {
  readonly id: JobId;
  readonly attempt: number;
  /** `job:attempt`, as kills and the heartbeat's hash name it. */
  readonly key: string;
  readonly task: LeasedTask;
  readonly spec: LeaseJob;
  readonly lease: Lease;
}
