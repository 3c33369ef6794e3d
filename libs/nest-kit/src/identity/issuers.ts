import { Logger } from '@nestjs/common';
import { OidcVerifier } from '#adapter-oidc';
import type { IssuerSettings } from '#contracts';

/** Injects the IssuerSettings of the issuers that this gateway trusts; empty: none but the stack itself. */
export const ISSUERS = Symbol('IssuerSettings');

/** Judges tokens of these issuers, and tells the log when one of them is away. @param clockScale of a trial */
export function oidcVerifierOf(issuers: readonly IssuerSettings[], clockScale: number): OidcVerifier {
  const logger = new Logger('issuers');
  return new OidcVerifier({
    issuers,
    now: () => new Date(),
    nowMs: () => performance.now() * clockScale,
    onAway: (issuer, fault) => logger.warn('the keys of an issuer are not to be had', { issuer, cause: fault.message }),
  });
}
