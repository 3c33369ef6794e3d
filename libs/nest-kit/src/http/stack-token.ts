import { type Caller, localIssuer, localSubject, type TokenVerifier } from '#core';
import { sameSecret } from './bearer.js';

const localUser: Caller = {
  issuer: localIssuer,
  subject: localSubject,
  name: null,
  kind: 'user',
  groups: [],
  restricted: null,
};

/** The stack's own token: who can read its file is the local user, and may do everything. */
export class StackTokenVerifier implements TokenVerifier {
  constructor(private readonly token: string) {}

  verify(token: string): Promise<Caller | null> {
    return Promise.resolve(sameSecret(token, this.token) ? localUser : null);
  }
}
