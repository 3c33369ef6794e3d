import type { TerminalBatch } from '#contracts';

/** Positions in a batch of what did not count. */
export interface Verdicts {
  duplicate: number[];
  stale: number[];
}

/**
 * Verdicts are told when all of a call is settled: a loss said once more is stale if its worker's word came in the same call.
 * @param judged what is to be said of an event by now
 */
export function toldVerdicts(
  { events }: TerminalBatch,
  { duplicate, stale }: Verdicts,
  judged: (event: TerminalBatch['events'][number]) => string,
): Verdicts {
  const late = duplicate.filter((position) => {
    const event = events[position];
    return event?.reason === 'lost' && judged(event) === 'stale';
  });
  return {
    duplicate: duplicate.filter((position) => !late.includes(position)),
    stale: [...stale, ...late].sort((a, b) => a - b),
  };
}
