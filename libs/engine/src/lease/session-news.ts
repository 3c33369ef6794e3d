import type { LeaseAnswer } from '#contracts';
import type { SessionOffer } from '../ports/lease-store.js';

/** What an answer to a poll says when it is no jobs. */
export type SessionNews = Pick<LeaseAnswer, 'kill' | 'drain' | 'stop' | 'site'>;

/**
 * What a worker that waits has to hear instead of jobs: that it was told to end, or that its site is not what it takes it
 * for - it asks idle while it takes it for closed.
 * @returns null: nothing
 */
export function newsOf({ ordered, offer, sandbox }: SessionOffer, { isIdle }: { isIdle: boolean }): SessionNews | null {
  if (ordered !== null) return { drain: true, stop: ordered === 'stop' };
  const isOpen = offer.siteState === 'open';
  return isIdle === isOpen ? { site: { state: offer.siteState, sandbox } } : null;
}
