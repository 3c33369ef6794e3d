import type { BatchVerdicts, RegisterRequest, TerminalBatch } from '#contracts';

export interface BeatRow {
  session: string;
  state: string;
  /** Attempts that its leases still hold by our books. */
  open: number;
}

/** An attempt that a session holds by our books. */
export interface HeldAttempt {
  session: string;
  leaseId: string;
  token: string;
  workflowNo: string;
  ordinal: number;
  attempt: number;
  /** Seconds since it was granted. */
  ageSec: number;
  partition: number;
}

export interface SilentSessions {
  suspects: string[];
  orphans: string[];
  /** Sessions that are not over, the silent ones included. */
  alive: number;
}

export interface SessionStore {
  register(worker: RegisterRequest): Promise<string>;
  beat(beats: { session: string; draining: boolean }[]): Promise<BeatRow[]>;
  verdicts(batchIds: string[]): Promise<BatchVerdicts[]>;
  attempts(sessions: string[]): Promise<HeldAttempt[]>;
  end(sessions: string[], state: 'ended' | 'lost'): Promise<string[]>;
  /** Sessions that ended so long ago and still hold attempts. */
  stranded(overSec: number): Promise<string[]>;
  silent(terms: { suspectSec: number; orphanSec: number }): Promise<SilentSessions>;
}

/** Where ends of attempts go that nobody reports. */
export interface TerminalBus {
  publish(partition: number, batches: TerminalBatch[]): Promise<void>;
}
