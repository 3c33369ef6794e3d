import type { PeekedRow, ReadyClass } from '../ports/lease-store.js';

/** With no more classes than these a look at all of them is short. */
export const lookClassesMax = 512;

/** Workers that wait and are alike, and how many jobs they ask for in all. */
export interface Demand {
  classes: ReadonlySet<number>;
  jobs: number;
}

/**
 * Which of very many classes to look at in a round. A class whose first row is known is left out when the classes that go
 * before it, of the same space and owner, have all that is asked for: so whoever else's turn it is, their first jobs are seen.
 * @param heads the first row of each class as it was looked at last, in the order of service
 * @returns ids of classes, beside those of which nothing is known
 */
export function chooseClasses(
  heads: readonly PeekedRow[],
  demands: readonly Demand[],
  classOf: (id: number) => ReadyClass | undefined,
): number[] {
  const leftOf = new Map<string, number[]>();
  return heads.flatMap(({ classId, jobs }) => {
    const of = classOf(classId);
    const owner = JSON.stringify([of?.space, of?.owner]);
    const left = leftOf.get(owner) ?? demands.map((demand) => demand.jobs);
    leftOf.set(owner, left);
    return take(classId, jobs, demands, left) ? [classId] : [];
  });
}

/** Counts jobs against what is left of the demands that they fit. @returns whether any was left. */
function take(classId: number, jobs: number, demands: readonly Demand[], left: number[]): boolean {
  let more = jobs;
  let wanted = false;
  demands.forEach(({ classes }, no) => {
    const open = left[no] ?? 0;
    if (open <= 0 || more <= 0 || !classes.has(classId)) return;
    wanted = true;
    const taken = Math.min(open, more);
    left[no] = open - taken;
    more -= taken;
  });
  return wanted;
}
