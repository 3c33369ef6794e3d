import type { BatchVerdicts, RegisterRequest, SiteRule, TerminalBatch } from '#contracts';
import type { SilenceFacts } from '#core';

export interface BeatRow {
  session: string;
  state: string;
  /** Attempts that its leases still hold by our books. */
  open: number;
  /** What its worker was told to do; null: nothing. */
  ordered: 'drain' | 'stop' | null;
  site: SiteRule;
  /** Of its site; null: the broker's own term, and none. */
  suspectSec: number | null;
  cutOffStopSec: number | null;
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

/** Who is silent. */
export interface SilenceLook {
  /** Sessions that just became suspect. */
  suspects: string[];
  /** What a decision needs; null while nobody is silent over the second term. */
  facts: SilenceFacts | null;
}

/** Terms of sites that set none, in seconds. */
export interface Terms {
  /** Silent for so long, a session gets no new leases and is shown as lost. */
  suspectSec: number;
  /** Silent for so long, its attempts are given up. */
  orphanSec: number;
}

export interface SessionStore {
  /** A request that comes again finds its session, whatever became of it. */
  register(worker: RegisterRequest): Promise<RegisteredSession>;
  beat(beats: { session: string; draining: boolean }[]): Promise<BeatRow[]>;
  verdicts(batchIds: string[]): Promise<BatchVerdicts[]>;
  attempts(sessions: string[]): Promise<HeldAttempt[]>;
  end(sessions: string[], state: 'ended' | 'lost'): Promise<string[]>;
  /** Sessions that ended so long ago and still hold attempts. */
  stranded(overSec: number): Promise<string[]>;
  /** Notes that a broker, PostgreSQL and, if it was heard of, a gateway are there. */
  noteServices(heard: { gateway: boolean }): Promise<void>;
  silent(terms: Terms): Promise<SilenceLook>;
  /** Ends sessions as lost. @returns those that are silent over their second term still, and that nobody else gave up. */
  giveUp(sessions: string[], terms: Terms): Promise<string[]>;
  /** What sessions hold, as heartbeats name it: `job:attempt`. Sessions that hold nothing are left out. */
  held(sessions: string[]): Promise<Map<string, string[]>>;
}

/** Where ends of attempts go that nobody reports. */
export interface TerminalBus {
  publish(partition: number, batches: TerminalBatch[]): Promise<void>;
  /** For how long the oldest end that is not settled has been on its way, in seconds; null: none is. */
  oldestUnsettledSec(): Promise<number | null>;
}
