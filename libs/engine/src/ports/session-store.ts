import type { BatchVerdicts, RegisterRequest, SiteRule, TerminalBatch } from '#contracts';

export interface BeatRow {
  session: string;
  state: string;
  /** Attempts that its leases still hold by our books. */
  open: number;
  /** What its worker was told to do; null: nothing. */
  ordered: 'drain' | 'stop' | null;
  site: SiteRule;
}

/** A new session, and what its site says of it. Null: the broker's own term. */
export interface RegisteredSession {
  session: string;
  site: SiteRule;
  suspectSec: number | null;
  orphanSec: number | null;
  cutOffStopSec: number | null;
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
  register(worker: RegisterRequest): Promise<RegisteredSession>;
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
