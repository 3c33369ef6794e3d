/**
 * Owns the public keys of one issuer: fetches them by way of its discovery document and keeps them.
 *
 * K1  Nobody makes us fetch often: one try a minute at most, however many tokens name keys that we do not know; every 5 s
 *     while we have no keys at all. Who asks meanwhile shares that try.
 * K2  Keys that are known keep counting for a day while their issuer is away; after that its tokens cannot be judged.
 * K3  Keys older than ten minutes are fetched again beside the work: no request waits for an issuer whose keys we have.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type CryptoKey, type JWSHeaderParameters } from 'jose';
import { IssuerAway } from './issuer-away.js';

const freshMs = 10 * 60_000;
const staleMs = 24 * 3_600_000;
const againMs = 60_000;
const againWithoutKeysMs = 5_000;

/** How an issuer's keys are told from one another. */
export type SelectKey = (header: JWSHeaderParameters) => Promise<CryptoKey>;

export interface IssuerKeysOptions {
  issuer: string;
  fetchKeys: () => Promise<JSONWebKeySet>;
  /** Milliseconds on a clock that only goes forward. */
  nowMs: () => number;
  /** The keys could not be fetched: told at each try. */
  onAway: (fault: Error) => void;
}

export class IssuerKeys {
  private known: { select: SelectKey; fetchedAtMs: number } | null = null;
  private triedAtMs = -Infinity;
  private trying: Promise<void> | null = null;
  private fault: Error | null = null;

  constructor(private readonly options: IssuerKeysOptions) {}

  /**
   * The key that a token's header names.
   * @throws IssuerAway; JWKSNoMatchingKey when the issuer has none like that
   */
  async keyFor(header: JWSHeaderParameters): Promise<CryptoKey> {
    if (this.known === null || this.ageMs > staleMs) await this.fetchIfDue();
    else if (this.ageMs > freshMs) void this.fetchIfDue(); // K3
    const select = this.usable();
    try {
      return await select(header);
    } catch (fault) {
      if (!(fault instanceof errors.JWKSNoMatchingKey)) throw fault;
    }
    await this.fetchIfDue();
    return this.usable()(header);
  }

  private get ageMs(): number {
    return this.known === null ? Infinity : this.options.nowMs() - this.known.fetchedAtMs;
  }

  /** @see K2 */
  private usable(): SelectKey {
    if (this.known !== null && this.ageMs <= staleMs) return this.known.select;
    throw new IssuerAway(this.options.issuer, this.fault?.message ?? 'they were not fetched yet', {
      cause: this.fault,
    });
  }

  /** @see K1 */
  private fetchIfDue(): Promise<void> {
    if (this.trying !== null) return this.trying;
    const pauseMs = this.known === null ? againWithoutKeysMs : againMs;
    if (this.options.nowMs() - this.triedAtMs < pauseMs) return Promise.resolve();
    this.triedAtMs = this.options.nowMs();
    this.trying = this.fetch().finally(() => (this.trying = null));
    return this.trying;
  }

  private async fetch(): Promise<void> {
    try {
      const select = createLocalJWKSet(await this.options.fetchKeys());
      this.known = { select, fetchedAtMs: this.options.nowMs() };
      this.fault = null;
    } catch (fault) {
      this.fault = fault as Error;
      this.options.onAway(this.fault);
    }
  }
}
