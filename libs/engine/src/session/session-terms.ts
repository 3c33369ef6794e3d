import type { Terms } from '../ports/session-store.js';

/** How long a worker may be silent, of sites that have no terms of their own. */
export interface SessionTerms extends Terms {
  /** Between two beats. */
  heartbeatSec: number;
}

export const defaultTerms: SessionTerms = { heartbeatSec: 20, suspectSec: 60, orphanSec: 900 };

/** The default terms on a clock that is `clockScale` times as fast: PostgreSQL's own clock decides, so the terms shrink. */
export const termsAt = (clockScale: number): SessionTerms => ({
  heartbeatSec: defaultTerms.heartbeatSec / clockScale,
  suspectSec: defaultTerms.suspectSec / clockScale,
  orphanSec: defaultTerms.orphanSec / clockScale,
});

/** Beats in the time after which a silent worker is suspect: two may be lost. */
const beatsATerm = 3;

/** How often a worker beats whose site has this first term, in seconds. */
export const heartbeatSecOf = (terms: SessionTerms, suspectSec: number | null): number =>
  Math.min(terms.heartbeatSec, (suspectSec ?? terms.suspectSec) / beatsATerm);
