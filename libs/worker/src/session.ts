/**
 * Owns this worker's right to work: registers, and registers anew when the gateway does not know the session any more.
 * Attempts of the session before go on: until granted anew, an attempt still accepts its own token. When only the token has
 * ended, or what it was opened with, the same register brings another: the session and its leases stay.
 */
import { randomUUID } from 'node:crypto';
import type { RegisterRequest, SiteRule } from '#contracts';
import { Gateway, isSessionRefusal, isTokenRefusal } from './gateway.js';
import { HeldAttempts } from './held-attempts.js';
import type { SessionGrant } from './leased-job.js';
import type { WorkerLog } from './worker-log.js';

/** A refused register is tried again so seldom: somebody has to mend the token or the configuration first. */
const refusedWaitMs = 10_000;

export class Session {
  private current: SessionGrant | null = null;
  private renewing: Promise<SessionGrant> | null = null;
  /** Names the register of the current session. */
  private requestId: string = randomUUID();

  constructor(
    private readonly gateway: Gateway,
    private readonly offer: () => RegisterRequest,
    /** Read at each register, since tokens are renewed in their file. */
    private readonly poolToken: () => string,
    private readonly log: WorkerLog,
    private readonly ended: AbortSignal,
    /** What its site says, as a register tells it. */
    private readonly heardSite: (rule: SiteRule | undefined) => void,
    /** The session's token is another than before. */
    private readonly tokenChanged: (token: string) => void = () => undefined,
  ) {}

  /** Null before the first register. */
  get grant(): SessionGrant | null {
    return this.current;
  }

  /** @throws ProblemError when the gateway refuses: the token or the offer is wrong */
  async register(): Promise<SessionGrant> {
    this.requestId = randomUUID(); // of all its tries, so that they make one session
    return this.enter();
  }

  /** The next token of the same session. */
  goOnWith(grant: SessionGrant, token: string): void {
    grant.token = token;
    if (grant === this.current) this.tokenChanged(token);
  }

  /**
   * The grant after the one that was refused; registers, once for all who ask. Waits for as long as that takes.
   * @throws the abort's reason when the worker ends
   */
  renewed(refused: SessionGrant, fault: unknown): Promise<SessionGrant> {
    if (this.current !== null && this.current !== refused) return Promise.resolve(this.current);
    this.renewing ??= this.renew(refused, isTokenRefusal(fault)).finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async enter(): Promise<SessionGrant> {
    const offer = { ...this.offer(), requestId: this.requestId };
    const answer = await this.gateway.call(() => this.gateway.api.register(offer, this.poolToken()), this.ended);
    const { session, token, heartbeatSec, cutOffStopSec, site } = answer;
    const terms = { heartbeatSec, cutOffStopSec };
    if (this.current?.session === session) Object.assign(this.current, { token, terms });
    else this.current = { session, token, terms, held: new HeldAttempts() };
    this.tokenChanged(token);
    this.log('info', 'session.registered', { session, heartbeatSec, transforms: offer.transforms });
    this.heardSite(site);
    return this.current;
  }

  private async renew(refused: SessionGrant, same: boolean): Promise<SessionGrant> {
    const next = same ? 'asking for another token' : 'registering anew';
    this.log('warn', 'session.refused', { session: refused.session, next });
    for (;;) {
      try {
        return await (same ? this.enter() : this.register());
      } catch (fault) {
        this.ended.throwIfAborted();
        this.log('error', 'session.register-refused', { error: String(fault), next: 'trying again in 10 s' });
        await new Promise((resolve) => setTimeout(resolve, refusedWaitMs).unref());
      }
    }
  }
}

/** Runs a call with the session's grant; on a refusal registers and runs it again with the new one. */
export async function withGrant<T>(
  session: Session,
  grant: SessionGrant,
  call: (grant: SessionGrant) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await call(grant);
    } catch (fault) {
      if (!isSessionRefusal(fault)) throw fault;
      grant = await session.renewed(grant, fault);
    }
  }
}
