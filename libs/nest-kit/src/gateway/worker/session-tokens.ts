import { createHmac } from 'node:crypto';
import { sameSecret } from '../../http/bearer.js';

/** Verified tokens that are remembered; a worker's calls come by the thousand. */
const rememberedMax = 20_000;

const tokenShape = /^s\.(\d{1,19})\.([0-9a-f]{32})$/;

/** Tokens of sessions: `s.<session id>.<HMAC>`, so that any gateway can check one without asking anybody. */
export class SessionTokens {
  private readonly remembered = new Map<string, string>();

  /** @param secret the stack's token */
  constructor(private readonly secret: string) {}

  sign(session: string): string {
    return `s.${session}.${this.mac(session)}`;
  }

  /** @returns the session's id, or null for what is not a token of this stack */
  verify(token: string): string | null {
    const known = this.remembered.get(token);
    if (known !== undefined) return known;
    const [, session, mac] = tokenShape.exec(token) ?? [];
    if (session === undefined || mac === undefined || !sameSecret(mac, this.mac(session))) return null;
    if (this.remembered.size >= rememberedMax) this.remembered.clear(); // all but the live ones are gone for good
    this.remembered.set(token, session);
    return session;
  }

  private mac(session: string): string {
    return createHmac('sha256', this.secret).update(`session ${session}`).digest('hex').slice(0, 32);
  }
}
