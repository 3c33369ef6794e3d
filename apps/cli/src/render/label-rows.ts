import type { Counts } from '#contracts';

export interface LabelRow {
  label: string;
  counts: Counts;
}

/** Sum of any rows; total = waiting + ready + leased + finished + failed holds for it when it holds for each. */
export function sumCounts(rows: readonly { counts: Counts }[]): Counts {
  const sum: Counts = { total: 0, waiting: 0, ready: 0, leased: 0, finished: 0, failed: 0 };
  for (const { counts } of rows) {
    for (const key of ['total', 'waiting', 'ready', 'leased', 'finished', 'failed'] as const) sum[key] += counts[key];
  }
  return sum;
}

/**
 * The labels to show when there are more than fit: those where something happens first, in document order. The others
 * are summed in one row, so that the column still sums to ALL.
 * @param rowsMax rows there is room for, the row of the others included; at least 1.
 */
export function foldLabels(tasks: readonly LabelRow[], rowsMax: number): LabelRow[] {
  if (tasks.length <= rowsMax) return tasks.map(({ label, counts }) => ({ label, counts }));
  const shown = new Set([...tasks].sort((a, b) => calm(a.counts) - calm(b.counts)).slice(0, Math.max(0, rowsMax - 1)));
  const others = tasks.filter((task) => !shown.has(task));
  const rows: LabelRow[] = tasks.filter((task) => shown.has(task));
  return [...rows, { label: `... and ${others.length} more`, counts: sumCounts(others) }];
}

/** 0: runs or failed; 1: ready; 2: waits; 3: all finished. */
function calm(counts: Counts): number {
  if (counts.leased > 0 || (counts.failed > 0 && counts.finished + counts.failed < counts.total)) return 0;
  if (counts.ready > 0) return 1;
  if (counts.failed > 0) return 1;
  return counts.waiting > 0 ? 2 : 3;
}
