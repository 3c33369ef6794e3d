/** A budget of a node in core hours: of everything that is below it, together. */
export interface Allocation {
  readonly coreHours: number;
  /** Used of it so far, in core seconds, with what runs now. */
  readonly usedCoreSec: number;
  /** Over it: nothing at all, or only what nobody else wants. */
  readonly strict: boolean;
}

/** Where a leaf stands by its own budget and those of the nodes above it, the strictest counting. */
export type Standing = 'within' | 'over' | 'stopped';

/** Core seconds that are left; below 0 when jobs that ran already took more. */
export const leftOf = ({ coreHours, usedCoreSec }: Allocation): number => coreHours * 3_600 - usedCoreSec;

/** @param path allocations from the top to a leaf; those without one are left out. */
export function standingOf(path: Iterable<Allocation>): Standing {
  let standing: Standing = 'within';
  for (const allocation of path) {
    if (leftOf(allocation) > 0) continue;
    if (allocation.strict) return 'stopped';
    standing = 'over';
  }
  return standing;
}
