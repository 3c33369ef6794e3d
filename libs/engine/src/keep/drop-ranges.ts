import { StoreUnavailable } from '../faults.js';
import type { KeepStore } from '../ports/keep-store.js';

/** Jobs that are copied at most while others wait for the tables: half a second or so. */
const keptJobsMax = 20_000;
/** A range is tried so often before the next sweep: each try holds others up for the lock time-out at most. */
const triesMax = 3;

export interface DroppedRanges {
  /** Numbers of ranges whose tables were taken out. */
  ranges: number[];
  /** Tables that were dropped. */
  tables: string[];
  /** Ranges for which others were in the way. */
  postponed: number[];
}

/** Takes out the tables of ranges that are archived but for a few workflows, which are copied forward, and drops them. */
export async function dropRanges(keeps: KeepStore): Promise<DroppedRanges> {
  const dropped: DroppedRanges = { ranges: [], tables: [], postponed: [] };
  for (const range of await keeps.ranges(keptJobsMax)) {
    const outcome = await thinned(keeps, range);
    if (outcome === 'thinned') dropped.ranges.push(range.range);
    if (outcome === 'in-use') dropped.postponed.push(range.range);
  }
  for (let table = await keeps.dropTable(); table !== null; table = await keeps.dropTable()) dropped.tables.push(table);
  return dropped;
}

async function thinned(
  keeps: KeepStore,
  range: { range: number; kept: readonly string[] },
): Promise<'thinned' | 'changed' | 'in-use'> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    try {
      return (await keeps.thinRange(range)) ? 'thinned' : 'changed';
    } catch (fault) {
      if (!(fault instanceof StoreUnavailable)) throw fault;
    }
  }
  return 'in-use';
}
