import type { IssuerSettings } from '#contracts';
import { type Caller, RefusedToken } from '#core';
import type { JWTPayload } from 'jose';

const subjectCharsMax = 255;
const groupsMax = 2_000;
const groupCharsMax = 500;
const nameCharsMax = 200;

/**
 * Who a token is of, once its signature, issuer, audience and times were found good.
 * @throws RefusedToken when it does not say so
 */
export function callerOfClaims(claims: JWTPayload, settings: IssuerSettings): Caller {
  const { sub } = claims;
  if (typeof sub !== 'string' || !isPlain(sub, subjectCharsMax)) {
    throw malformed(`its subject is not a text of 1 to ${subjectCharsMax} visible characters`);
  }
  const client = claims['client_id'] ?? claims['azp'];
  return {
    issuer: settings.issuer,
    subject: sub,
    name: nameOf(claims),
    kind: client === sub ? 'service' : 'user',
    groups: groupsOf(claims, settings.groupsClaim),
    restricted: null,
    ...(claims.exp !== undefined && { tokenEndsAt: new Date(claims.exp * 1_000).toISOString() }),
  };
}

/** As the issuer said them: no case is folded, no slash taken away, no parent added. */
function groupsOf(claims: JWTPayload, claim: string): string[] {
  const said: unknown = claims[claim] ?? [];
  const good =
    Array.isArray(said) &&
    said.length <= groupsMax &&
    said.every((group) => typeof group === 'string' && isPlain(group, groupCharsMax));
  if (!good) throw malformed(`its claim ${claim} is not a list of up to ${groupsMax} names of groups`);
  return [...new Set(said as string[])];
}

/** For showing only, so what cannot be shown is left out. */
function nameOf(claims: JWTPayload): string | null {
  const said = [claims['name'], claims['preferred_username'], claims['email']];
  return said.find((name): name is string => typeof name === 'string' && isPlain(name, nameCharsMax)) ?? null;
}

const isPlain = (text: string, charsMax: number): boolean =>
  text.trim() !== '' && text.length <= charsMax && !/\p{C}/u.test(text);

const malformed = (what: string): RefusedToken => new RefusedToken('auth/malformed', what);
