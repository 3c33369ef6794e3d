import type { BatchVerdicts } from '#contracts';
import { StoreUnavailable, StoreUnfit } from '../faults.js';
import type { Settled } from './settle-batches.js';

export interface SettledOrAside extends Settled {
  /** Events that can never be applied, now in dead_letter; their verdict is `stale`. */
  setAside: number;
}

/** Whatever was asked would have failed: nothing that was asked is at fault. */
export const isAroundUs = (fault: unknown): boolean => fault instanceof StoreUnavailable || fault instanceof StoreUnfit;

export const reasonOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

/** What came of several transactions. Rows told by one need not be all there are, so none are. */
export function joined(
  parts: readonly Omit<SettledOrAside, 'verdicts' | 'rows'>[],
  verdicts: BatchVerdicts[],
): SettledOrAside {
  const waits = parts.flatMap(({ heldSec }) => heldSec ?? []);
  const sum = (of: 'applied' | 'late' | 'setAside'): number => parts.reduce((total, part) => total + part[of], 0);
  return {
    verdicts,
    classes: [...new Set(parts.flatMap(({ classes }) => classes))],
    rows: [],
    limits: [...new Set(parts.flatMap(({ limits }) => limits))],
    applied: sum('applied'),
    late: sum('late'),
    heldSec: waits.length > 0 ? Math.min(...waits) : null,
    ordered: parts.some(({ ordered }) => ordered),
    setAside: sum('setAside'),
  };
}

/** Positions in a part as positions in its batch. */
export const shifted = (positions: readonly number[], by: number): number[] =>
  positions.map((position) => position + by);

/** Nothing was settled. */
export const nothingSettled: Omit<SettledOrAside, 'verdicts'> = {
  ...{ classes: [], rows: [], limits: [], applied: 0, late: 0, heldSec: null, ordered: false, setAside: 0 },
};
