import { cut, padEnd, padStart, printable, widthOf } from './printable.js';

export interface Column {
  title: string;
  align: 'left' | 'right';
  /** Cut to this width. */
  widthMax?: number;
}

/** A plain table: columns as wide as they need, two spaces between, no line over `width`. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width = 80): string[] {
  const shown = rows.map((row) => row.map((cell, i) => cut(printable(cell), columns[i]?.widthMax ?? width)));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...shown.map((row) => widthOf(row[i] ?? ''))));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => (align === 'right' ? padStart : padEnd)(cells[i] ?? '', widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...shown.map(line)].map((text) => cut(text, width));
}
