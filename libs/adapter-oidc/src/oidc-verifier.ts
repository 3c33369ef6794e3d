/**
 * Owns the judgement of tokens of OpenID Connect issuers.
 *
 * O1  Only issuers on the list, only RS256 and ES256, only keys that the issuer itself publishes: where a token says its
 *     key is to be found (jku, x5u, jwk, x5c) is never followed.
 * O2  Nothing of a token is believed before its signature is good, but for its issuer, which says whose keys to try.
 * O3  A refusal says what is wrong and never holds a part of the token.
 */
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { IssuerSettings } from '#contracts';
import { type Caller, RefusedToken, type TokenVerifier } from '#core';
import { callerOfClaims } from './caller-of-claims.js';
import { fetchKeys } from './fetch-keys.js';
import { IssuerKeys } from './issuer-keys.js';

const algorithms = ['RS256', 'ES256'];
/** Clocks differ by so much. */
const toleranceSec = 60;
/** Kinds of tokens that say who calls; others, such as those of a logout, are signed with the same keys. */
const types = [undefined, 'jwt', 'at+jwt', 'application/at+jwt', 'application/jwt'];

/** Its first part is a JSON object. */
const jwtShape = /^ey[\w-]+\.[\w-]+\.[\w-]*$/;

export interface OidcVerifierOptions {
  issuers: readonly IssuerSettings[];
  /** UTC. */
  now: () => Date;
  /** Milliseconds on a clock that only goes forward. */
  nowMs: () => number;
  /** An issuer's keys could not be fetched: told at each try, which is once a minute at most. */
  onAway: (issuer: string, fault: Error) => void;
}

interface Known {
  settings: IssuerSettings;
  keys: IssuerKeys;
}

export class OidcVerifier implements TokenVerifier {
  private readonly issuers: ReadonlyMap<string, Known>;

  constructor(private readonly options: OidcVerifierOptions) {
    const { nowMs, onAway } = options;
    this.issuers = new Map(
      options.issuers.map((settings) => {
        const { issuer } = settings;
        const away = (fault: Error): void => onAway(issuer, fault);
        const keys = new IssuerKeys({ issuer, nowMs, onAway: away, fetchKeys: () => fetchKeys(settings) });
        return [issuer, { settings, keys }];
      }),
    );
  }

  /** @throws RefusedToken; IssuerAway when its issuer's keys are not to be had */
  async verify(token: string): Promise<Caller | null> {
    if (!jwtShape.test(token)) return null;
    const { settings, keys } = this.issuerOf(token);
    const claims = await this.claimsOf(token, settings, keys);
    checkIssuedAt(claims, this.options.now());
    return callerOfClaims(claims, settings);
  }

  /** @see O2 */
  private issuerOf(token: string): Known {
    const { header, issuer } = opened(token);
    if (!types.includes(header.typ?.toLowerCase())) throw new RefusedToken('auth/malformed', 'it is no access token');
    if (['jku', 'x5u', 'jwk', 'x5c'].some((name) => name in header)) {
      throw new RefusedToken('auth/malformed', 'it names the key to check it with, which only its issuer may do');
    }
    const known = issuer === null ? undefined : this.issuers.get(issuer);
    if (known) return known;
    const trusted = [...this.issuers.keys()].join(', ');
    throw new RefusedToken('auth/issuer', 'it comes from an issuer that is not trusted here', `trusted: ${trusted}`);
  }

  private async claimsOf(token: string, settings: IssuerSettings, keys: IssuerKeys): Promise<JWTPayload> {
    try {
      const checked = await jwtVerify(token, (header) => keys.keyFor(header), {
        algorithms,
        issuer: settings.issuer,
        audience: settings.audience,
        clockTolerance: toleranceSec,
        requiredClaims: ['exp', 'sub', 'aud'],
        currentDate: this.options.now(),
      });
      return checked.payload;
    } catch (fault) {
      throw refusalOf(fault, settings) ?? fault;
    }
  }
}

function opened(token: string): { header: { typ?: string }; issuer: string | null } {
  try {
    const { iss } = decodeJwt(token);
    return { header: decodeProtectedHeader(token), issuer: typeof iss === 'string' ? iss : null };
  } catch {
    throw new RefusedToken('auth/malformed', 'it cannot be read as a signed token');
  }
}

/** A token from the future, or one that ended before it began, is none that an issuer gave. */
function checkIssuedAt({ iat, exp }: JWTPayload, now: Date): void {
  if (iat === undefined) return;
  if (iat > now.getTime() / 1_000 + toleranceSec) throw notYet;
  if (exp !== undefined && iat > exp) throw new RefusedToken('auth/malformed', 'it ended before it was issued');
}

const again = 'get a new one: `sluice login`';
const notYet = new RefusedToken('auth/not-yet', 'it counts only from a later time on', 'compare the clocks');

/** What jose found wrong, in words for the caller; null: no fault of the token. */
function refusalOf(fault: unknown, { audience, issuer }: IssuerSettings): RefusedToken | null {
  if (fault instanceof errors.JWTExpired) return new RefusedToken('auth/expired', 'it has ended', again);
  if (fault instanceof errors.JWTClaimValidationFailed) return claimRefusal(fault, audience);
  if (fault instanceof errors.JOSEAlgNotAllowed) {
    return new RefusedToken('auth/algorithm', `it is signed in another way than ${algorithms.join(' or ')}`);
  }
  if (
    fault instanceof errors.JWSSignatureVerificationFailed ||
    fault instanceof errors.JWKSNoMatchingKey ||
    fault instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return new RefusedToken('auth/signature', `its signature is of no key of ${issuer}`);
  }
  if (fault instanceof errors.JOSEError) return new RefusedToken('auth/malformed', 'it is no whole token');
  return null;
}

function claimRefusal({ claim, reason }: errors.JWTClaimValidationFailed, audience: string | string[]): RefusedToken {
  if (claim === 'aud' && reason === 'check_failed') {
    const ours = [audience].flat().join(' or ');
    return new RefusedToken('auth/audience', 'it was issued for another service', `its audience must be ${ours}`);
  }
  if (claim === 'nbf' && reason === 'check_failed') return notYet;
  return new RefusedToken('auth/malformed', `its claim ${claim} is missing or wrong`);
}
