import type { TokenView } from '#contracts';
import { type Caller, RefusedToken, type Role, type TokenVerifier } from '#core';
import type { KeptToken } from '#engine';
import { refusals } from '../http/refusal.js';
import type { TokenBook } from './token-book.js';
import { kindOfToken } from './token-text.js';

/** Tokens that Sluice itself handed out: a service's speak for their owner, a site's for the site. */
export class IssuedTokenVerifier implements TokenVerifier {
  constructor(private readonly book: TokenBook) {}

  /** @throws Refusal 403 for the token of a pool */
  async verify(token: string): Promise<Caller | null> {
    const kind = kindOfToken(token);
    if (kind === null) return null;
    if (kind === 'pool') throw refusals.forbidden("a pool's token lets workers in and opens no user route");
    const kept = livingToken(await this.book.find(token));
    this.book.noteUse(kept.view.id);
    return callerOfToken(kept);
  }
}

/** @throws RefusedToken when there is none, or it does not count any more */
export function livingToken(kept: KeptToken | null): KeptToken {
  if (kept === null) throw new RefusedToken('auth/token', 'it is no token of this stack', again);
  if (kept.view.state === 'revoked') throw new RefusedToken('auth/revoked', 'the token was revoked', again);
  if (kept.view.state === 'ended') throw new RefusedToken('auth/expired', 'the token has ended', again);
  return kept;
}

const again = 'ask for another: `sluice token create`';

function callerOfToken({ view, groups }: KeptToken): Caller {
  const { kind, name, owner, spaces, site } = view;
  const who = { issuer: owner.issuer, subject: owner.subject, name, tokenEndsAt: view.endsAt };
  if (kind === 'site') return { ...who, kind: 'site', groups: [], restricted: { spaces: [], role: null, site } };
  return { ...who, kind: 'service', groups, restricted: { spaces, role: roleOf(view), site: null } };
}

const roleOf = ({ role }: TokenView): Role | null => role as Role | null;
