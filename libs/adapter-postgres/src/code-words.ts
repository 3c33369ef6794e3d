import type { AttemptOutcome, FailReason, JobState } from '#contracts';
import { outcomeCode, reasonWords, stateWords } from '#core';

/** The words that codes in rows stand for. @throws Error for a code that nobody knows: a bug, or another version's row */
export function stateOf(code: number): JobState {
  const word = stateWords[code];
  if (word === undefined) throw new Error(`job_state.state holds ${code}, which is no state`);
  return word;
}

/** @returns null for 0: it did not fail */
export function reasonOf(code: number): FailReason | null {
  const word = reasonWords[code];
  if (word === undefined) throw new Error(`job_state.reason holds ${code}, which is no reason`);
  return word;
}

export function outcomeOf(code: number): AttemptOutcome {
  for (const word of ['finished', 'failed', 'returned'] as const) if (outcomeCode[word] === code) return word;
  throw new Error(`attempt.outcome holds ${code}, which is no outcome`);
}

/** A time of the database as RFC 3339. */
export const instant = (at: Date | null): string | null => at?.toISOString() ?? null;
