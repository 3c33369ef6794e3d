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
