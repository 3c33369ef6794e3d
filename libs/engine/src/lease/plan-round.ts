import type { Slice } from '#core';
import type { KnownLimits, GrantPlan, PeekedRow } from '../ports/lease-store.js';
import type { LeaseAsk } from './lease-answer.js';

/** A worker that waits, as the plan of a round names it. */
export interface PlannedWaiter {
  ask: LeaseAsk;
}

/** A grant to make, and to whom: `worker` of its slices is the position in `waiting`. */
export interface RoundPlan<W extends PlannedWaiter> extends GrantPlan {
  waiting: W[];
  /** Jobs in all slices. */
  jobs: number;
}

/** Puts what was dealt into the words of a grant: only workers that get something are in it. */
export function planRound<W extends PlannedWaiter>(
  dealt: { able: readonly W[]; rows: PeekedRow[]; slices: readonly Slice[] },
  { limits, newToken }: { limits: KnownLimits; newToken: () => string },
): RoundPlan<W> {
  const { able, rows, slices } = dealt;
  const positions = new Map<number, number>();
  const waiting: W[] = [];
  for (const { waiter } of slices) {
    if (positions.has(waiter)) continue;
    positions.set(waiter, waiting.length);
    waiting.push(able[waiter] as W);
  }
  return {
    ...{ waiting, rows, limits, jobs: jobsIn(slices) },
    slices: slices.map(({ waiter, ...slice }) => ({ ...slice, worker: positions.get(waiter) ?? -1 })),
    workers: waiting.map(({ ask }) => ({ session: ask.session, requestId: ask.requestId, token: newToken() })),
  };
}

/** Classes of which there is more than was handed out: jobs that nobody took, or perhaps rows that were not looked at. */
export function leftovers(rows: readonly PeekedRow[], slices: readonly Slice[], rowsMax: number): number[] {
  const left = new Map<number, { rows: number; jobs: number }>();
  for (const { classId, jobs } of rows) {
    const seen = left.get(classId) ?? { rows: 0, jobs: 0 };
    left.set(classId, { rows: seen.rows + 1, jobs: seen.jobs + jobs });
  }
  for (const slice of slices) {
    const seen = left.get(rows[slice.row]?.classId ?? -1);
    if (seen) seen.jobs -= slice.last - slice.first + 1;
  }
  return [...left].flatMap(([classId, seen]) => (seen.jobs > 0 || seen.rows >= rowsMax ? [classId] : []));
}

const jobsIn = (slices: readonly Slice[]): number => slices.reduce((sum, { first, last }) => sum + last - first + 1, 0);
