import type { LeaseStore, SessionOffer } from '../ports/lease-store.js';
import type { LeaseAsk } from './lease-answer.js';

/** A worker that waits, through which gateway, for what. */
export interface Waiting {
  gateway: string;
  ask: LeaseAsk;
  heardAtMs: number;
}

export interface WaitingWorkersOptions {
  store: Pick<LeaseStore, 'sessions'>;
  nowMs: () => number;
}

/** A session's offer and state are read again after so long, in milliseconds. */
const sessionRefreshMs = 5_000;
/** Gateways repeat an ask every 5 s; one that they did not repeat for so long belongs to a gateway that is gone. */
const forgottenMs = 15_000;

/**
 * The workers that wait at one broker, and what is known of their sessions.
 * @see L3 and L4 of lease-desk.ts
 */
export class WaitingWorkers {
  private readonly waiting = new Map<string, Waiting>();
  private readonly known = new Map<string, SessionOffer & { readAtMs: number }>();

  constructor(private readonly options: WaitingWorkersOptions) {}

  get size(): number {
    return this.waiting.size;
  }

  /** All who wait now, in the order in which their sessions came. */
  all(): Waiting[] {
    return [...this.waiting.values()];
  }

  /** Sessions that were read, and not forgotten since. */
  get sessions(): { has: (session: string) => boolean } {
    return this.known;
  }

  session(id: string): SessionOffer | undefined {
    return this.known.get(id);
  }

  siteOf({ session }: Pick<LeaseAsk, 'session'>): string {
    return this.known.get(session)?.offer.site ?? '';
  }

  isLive(session: string): boolean {
    return this.known.get(session)?.state === 'live';
  }

  /** @returns whether it says anything that was not known. @see L3 */
  wait(gateway: string, ask: LeaseAsk): boolean {
    const isNews = !isSame(this.waiting.get(ask.session)?.ask, ask);
    this.waiting.set(ask.session, { gateway, ask, heardAtMs: this.options.nowMs() });
    return isNews;
  }

  /** Whether this very request still waits. */
  waits({ ask }: Waiting): boolean {
    return this.waiting.get(ask.session)?.ask === ask;
  }

  /** The worker does not wait any more at this gateway; perhaps it does at another. */
  leave(poll: { gateway: string; session: string; requestId: string }): void {
    const waiting = this.waiting.get(poll.session);
    if (waiting?.gateway === poll.gateway && waiting.ask.requestId === poll.requestId) {
      this.waiting.delete(poll.session);
    }
  }

  /** Ends the wait of a session. @returns null when it does not wait here. */
  take(session: string): Waiting | null {
    const waiting = this.waiting.get(session);
    this.waiting.delete(session);
    return waiting ?? null;
  }

  /** Its state has changed, or may have. */
  forgetSession(session: string): void {
    this.known.delete(session);
  }

  /** The same of all sessions of a site. */
  forgetSite(site: string): void {
    for (const [session, { offer }] of this.known) if (offer.site === site) this.known.delete(session);
  }

  /** @see L4 */
  forgetSilent(): void {
    const oldestMs = this.options.nowMs() - forgottenMs;
    for (const [session, { heardAtMs }] of this.waiting) if (heardAtMs < oldestMs) this.waiting.delete(session);
    for (const [session, { readAtMs }] of this.known) if (readAtMs < oldestMs) this.known.delete(session);
  }

  /** Reads the sessions of which nothing is known, or nothing new. */
  async learn(round: readonly Waiting[]): Promise<void> {
    const now = this.options.nowMs();
    const stale = round
      .map(({ ask }) => ask.session)
      .filter((id) => now - (this.known.get(id)?.readAtMs ?? -Infinity) > sessionRefreshMs);
    if (stale.length === 0) return;
    for (const id of stale) this.known.delete(id);
    for (const session of await this.options.store.sessions(stale)) {
      this.known.set(session.id, { ...session, readAtMs: now });
    }
  }
}

/** Whether a gateway only repeats what it has said: nothing has changed for its worker. */
const isSame = (known: LeaseAsk | undefined, ask: LeaseAsk): boolean =>
  known?.requestId === ask.requestId &&
  known.free.cores === ask.free.cores &&
  known.free.memoryMib === ask.free.memoryMib &&
  known.free.gpus === ask.free.gpus;
