import type { BatchInHand } from '../ports/in-hand-store.js';

/**
 * Deaths that are noted until a batch is tried alone. The first one with it in hand is never noted, so it is the third; two
 * may well be a deployment, or a machine that ran out of memory.
 */
export const deathsToDoubt = 2;
/** Deaths with an event alone in hand until it is set aside: one may have come from outside just then. */
const deathsAloneMax = 2;
/**
 * What killed is cut into so many parts, which are tried one after the other. A part costs a transaction, a death seconds: the
 * largest batch, of 1,000 events, is cut twice until one event is alone.
 */
const partsMax = 32;

export type NextStep = { do: 'try'; end: number } | { do: 'setAside' } | { do: 'end' };

/**
 * What to do next with a batch that is tried alone. First all of it; of what killed the first part, then the next: those that
 * pass leave less in question, the one that kills is cut again.
 * @param events how many it has
 */
export function nextStep(
  events: number,
  { settled, killedEnd, deathsAlone }: Pick<BatchInHand, 'settled' | 'killedEnd' | 'deathsAlone'>,
): NextStep {
  if (settled >= events) return { do: 'end' };
  if (killedEnd === null || killedEnd <= settled) return { do: 'try', end: events };
  const inQuestion = killedEnd - settled;
  if (inQuestion === 1 && deathsAlone >= deathsAloneMax) return { do: 'setAside' };
  return { do: 'try', end: settled + Math.ceil(inQuestion / partsMax) };
}
