import type { Counts } from '#contracts';
import { barOf, barSigns } from './bar.js';
import type { LabelRow } from './label-rows.js';
import { grouped } from './numbers.js';
import type { Paint } from './paint.js';
import { cut, padEnd, padStart, printable, widthOf } from './printable.js';

const columns = [
  { title: 'total', key: 'total' },
  { title: 'fin', key: 'finished' },
  { title: 'failed', key: 'failed' },
  { title: 'run', key: 'leased' },
  { title: 'ready', key: 'ready' },
  { title: 'wait', key: 'waiting' },
] as const satisfies readonly { title: string; key: keyof Counts }[];

const barCellsMax = 20;
const barCellsMin = 6;
const labelWidthMin = 6;

/**
 * The table of labels: counts, a bar each, and the row ALL. No line is wider than `width` columns.
 * @param beside what stands beside ALL in place of a bar, such as the rate.
 */
export function labelTable(
  table: { rows: readonly LabelRow[]; all: Counts; beside: string },
  width: number,
  paint: Paint,
): string[] {
  const rows = [...table.rows, { label: 'ALL', counts: table.all }];
  const layout = layoutOf(rows, width);
  const head = [
    padEnd('label', layout.label),
    ...columns.map(({ title }, i) => padStart(title, layout.numbers[i] ?? 0)),
  ];
  return [
    paint('strong', [...head, scale(layout.bar)].join(' ').trimEnd()),
    ...table.rows.map((row) => `${cells(row, layout)} ${bar(row.counts, layout.bar, paint)}`.trimEnd()),
    paint('strong', cut(`${cells({ label: 'ALL', counts: table.all }, layout)} ${table.beside}`.trimEnd(), width)),
  ];
}

interface Layout {
  label: number;
  numbers: number[];
  bar: number;
}

/** Numbers take what they need; the label what it needs, the bar what is left, both within their bounds. */
function layoutOf(rows: readonly LabelRow[], width: number): Layout {
  const numbers = columns.map(({ title, key }) =>
    Math.max(title.length, ...rows.map(({ counts }) => grouped(counts[key]).length)),
  );
  const room = width - numbers.reduce((a, b) => a + b + 1, 0) - 1;
  const wanted = Math.max(labelWidthMin, ...rows.map(({ label }) => widthOf(printable(label))));
  const bar = Math.max(barCellsMin, Math.min(barCellsMax, room - wanted));
  return { label: Math.max(labelWidthMin, Math.min(wanted, room - bar)), numbers, bar };
}

function cells(row: LabelRow, layout: Layout): string {
  const label = padEnd(cut(printable(row.label), layout.label), layout.label);
  return [label, ...columns.map(({ key }, i) => padStart(grouped(row.counts[key]), layout.numbers[i] ?? 0))].join(' ');
}

const bar = (counts: Counts, width: number, paint: Paint): string =>
  barOf(counts, width)
    .map((part) => paint(part.state, barSigns[part.state].repeat(part.cells)))
    .join('');

const scale = (width: number): string =>
  width < 16 ? padEnd('0%', width - 4) + '100%' : padEnd(padEnd('0%', width / 2 - 2) + '50%', width - 4) + '100%';
