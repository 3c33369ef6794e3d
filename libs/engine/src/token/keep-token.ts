import type { TokenRequest } from '#contracts';
import type { Caller } from '#core';
import type { NewToken } from '../ports/token-store.js';

/** What is kept of a token that its owner asks for. @param digest of its text */
export function newTokenOf(owner: Caller, asked: TokenRequest, digest: Uint8Array): NewToken {
  const { issuer, subject, name, groups } = owner;
  const base = { kind: asked.kind, name: asked.name, days: asked.days, digest };
  if (asked.kind === 'service') {
    const { spaces = null, role = null } = asked;
    return { ...base, owner: { issuer, subject, name, groups }, spaces, role, site: null };
  }
  return { ...base, owner: { issuer, subject, name, groups: [] }, spaces: null, role: null, site: asked.site };
}
