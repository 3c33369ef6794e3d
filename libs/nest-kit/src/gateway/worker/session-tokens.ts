import { createHmac } from 'node:crypto';
import { sameSecret } from '../../http/bearer.js';

/** How long a session's token counts, unless a beat brings the next. */
export const sessionTokenMs = 3_600_000;

/** Verified tokens that are remembered; a worker's calls come by the thousand. */
const rememberedMax = 20_000;

const tokenShape = /^s\.(\d{1,19})\.(?:(\d{1,19})\.([0-9a-z]{1,9})\.)?([0-9a-f]{32})$/;

/** What a token of a session says. */
export interface SessionToken {
  readonly session: string;
  /** The pool token that it was opened with; `0`: the stack's own. */
  readonly opener: string;
  /** UTC; of the version before, which knew no end: 0. */
  readonly endsAtMs: number;
}

/** The opener of a session that came with the stack's own token. */
export const stackOpener = '0';

/**
 * Tokens of sessions: `s.<session id>.<opener>.<end>.<HMAC>`, so that any gateway can check one without asking anybody.
 * The end is in seconds since 1970, to the base of 36.
 */
export class SessionTokens {
  private readonly remembered = new Map<string, SessionToken>();

  /**
   * @param secret the stack's token
   * @param termMs how long a token counts
   * @param nowMs UTC
   */
  constructor(
    private readonly secret: string,
    private readonly termMs: number,
    private readonly nowMs: () => number = () => Date.now(),
  ) {}

  sign(session: string, opener = stackOpener): string {
    const end = Math.ceil((this.nowMs() + this.termMs) / 1_000).toString(36);
    return `s.${session}.${opener}.${end}.${this.mac(`session ${session} ${opener} ${end}`)}`;
  }

  /** The token to go on with, when half of this one's term is over; else null. */
  renewed({ session, opener, endsAtMs }: SessionToken): string | null {
    return endsAtMs - this.nowMs() > this.termMs / 2 ? null : this.sign(session, opener);
  }

  hasEnded = ({ endsAtMs }: SessionToken): boolean => this.nowMs() >= endsAtMs;

  /** @returns what it says, also when it has ended; null for what is not a token of this stack */
  read(token: string): SessionToken | null {
    const known = this.remembered.get(token);
    if (known !== undefined) return known;
    const [, session, opener, end, mac] = tokenShape.exec(token) ?? [];
    if (session === undefined || mac === undefined) return null;
    const said = opener === undefined ? `session ${session}` : `session ${session} ${opener} ${end}`;
    if (!sameSecret(mac, this.mac(said))) return null;
    const read = { session, opener: opener ?? stackOpener, endsAtMs: Number.parseInt(end ?? '0', 36) * 1_000 };
    if (this.remembered.size >= rememberedMax) this.remembered.clear(); // all but the live ones are gone for good
    this.remembered.set(token, read);
    return read;
  }

  private mac(said: string): string {
    return createHmac('sha256', this.secret).update(said).digest('hex').slice(0, 32);
  }
}
