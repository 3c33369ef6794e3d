import { RefusedToken } from '#core';
import type { PoolTokens } from '../gateway/worker/worker-door.js';
import { refusals } from '../http/refusal.js';
import { refusedToken } from '../http/token-chain.js';
import { livingToken } from './issued-token-verifier.js';
import type { TokenBook } from './token-book.js';
import { kindOfToken } from './token-text.js';

/** Of any site. */
const everySite = '*';

/** What the workers' door asks about tokens of pools. */
export class KeptPoolTokens implements PoolTokens {
  constructor(private readonly book: TokenBook) {}

  /** @throws Refusal 401 for one that does not count, 403 for one that is for something else */
  async find(token: string): Promise<{ id: string; site: string | null } | null> {
    const kind = kindOfToken(token);
    if (kind === null) return null;
    if (kind !== 'pool') throw refusals.forbidden(`the token of a ${kind} lets no workers in`);
    try {
      const { view } = livingToken(await this.book.find(token));
      this.book.noteUse(view.id);
      return { id: view.id, site: view.site === everySite ? null : view.site };
    } catch (fault) {
      throw fault instanceof RefusedToken ? refusedToken(fault) : fault;
    }
  }

  counts(opener: string): boolean {
    return this.book.counts(opener);
  }
}
