import type { Counts } from '#contracts';

/** One run of equal cells. */
export interface BarPart {
  state: 'finished' | 'leased' | 'ready' | 'failed' | 'waiting';
  cells: number;
}

/** Each state has its own sign, so that a bar reads without colour. */
export const barSigns = { finished: '#', leased: 'r', ready: '.', failed: 'x', waiting: ' ' } as const;

const order = ['finished', 'leased', 'ready', 'failed', 'waiting'] as const;

/**
 * Shares `width` cells among the states by their counts. The cells always sum to `width`. A state that has jobs has a
 * cell as long as there are cells for all such states, so that one failed job of a million is seen.
 */
export function barOf(counts: Counts, width: number): BarPart[] {
  const present = order.filter((state) => counts[state] > 0);
  const total = present.reduce((sum, state) => sum + counts[state], 0);
  if (total === 0) return [{ state: 'waiting', cells: width }];
  const cells = present.map((state) => Math.floor((counts[state] / total) * width));
  for (const i of byRemainder(present.map((state) => (counts[state] / total) * width)).slice(0, width - sum(cells))) {
    cells[i] = (cells[i] ?? 0) + 1;
  }
  if (width >= present.length) giveEachOne(cells);
  return present.map((state, i) => ({ state, cells: cells[i] ?? 0 })).filter((part) => part.cells > 0);
}

/** The bar as text without colour. */
export const barText = (parts: readonly BarPart[]): string =>
  parts.map((part) => barSigns[part.state].repeat(part.cells)).join('');

const sum = (cells: readonly number[]): number => cells.reduce((a, b) => a + b, 0);

const byRemainder = (shares: readonly number[]): number[] =>
  shares
    .map((share, i) => ({ i, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder)
    .map(({ i }) => i);

/** Takes from the longest what the empty ones need. */
function giveEachOne(cells: number[]): void {
  for (let i = 0; i < cells.length; i += 1) {
    if (cells[i] !== 0) continue;
    const longest = cells.indexOf(Math.max(...cells));
    cells[longest] = (cells[longest] ?? 0) - 1;
    cells[i] = 1;
  }
}
