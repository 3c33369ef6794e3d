import { Inject, Injectable } from '@nestjs/common';
import { type Caller, RefusedToken, type TokenVerifier } from '#core';
import { bearerOf } from './bearer.js';
import { Refusal, refusals } from './refusal.js';

/** Injects the TokenVerifiers of this gateway, in the order in which they are asked. */
export const TOKEN_VERIFIERS = Symbol('TokenVerifiers');

/** Longer ones are nobody's: nothing of them is read. */
const tokenCharsMax = 8_192;

/** Who stands behind a token: the first verifier that knows it says so. */
@Injectable()
export class TokenChain {
  constructor(@Inject(TOKEN_VERIFIERS) private readonly verifiers: readonly TokenVerifier[]) {}

  /** @param header the Authorization header. @throws Refusal 401; 403 for the token of a worker's session */
  async callerOf(header: string | undefined): Promise<Caller> {
    const token = bearerOf(header);
    if (token === null || token === '' || token.length > tokenCharsMax) throw refusals.unauthorized();
    for (const verifier of this.verifiers) {
      const caller = await verifier.verify(token).catch(refuse);
      if (caller) return caller;
    }
    throw token.startsWith('s.') ? refusals.forbidden("a worker's token opens no user route") : refusals.unauthorized();
  }
}

function refuse(fault: unknown): never {
  if (!(fault instanceof RefusedToken)) throw fault;
  throw refusedToken(fault);
}

/** What a caller is answered whose token does not count. */
export const refusedToken = ({ code, message, remedy }: RefusedToken): Refusal =>
  new Refusal(
    { status: 401, code, title: 'No valid token', detail: message, remedy },
    {
      'www-authenticate': `Bearer error="invalid_token", error_description="${message.replace(/[^\x20-\x7e]|["\\]/g, ' ')}"`,
    },
  );
