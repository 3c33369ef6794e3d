import type { FailReason, JobState } from '#contracts';
import { reasonWords, stateWords } from '#core';

/** The word for job_state.state. */
export function stateOf(code: number): JobState {
  const word = stateWords[code];
  if (word === undefined) throw new Error(`job_state.state holds ${code}, which is no state`);
  return word;
}

/** The word for job_state.reason; null: the job did not fail. */
export function reasonOf(code: number): FailReason | null {
  const word = reasonWords[code];
  if (word === undefined) throw new Error(`job_state.reason holds ${code}, which is no reason`);
  return word;
}
