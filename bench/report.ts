import type { Machine } from './kit/machine.js';
import type { Bar, BenchOptions, Row, ScenarioResult } from './scenario.js';

/** Everything about one sitting, as `--json` writes it. */
export interface BenchReport {
  scenario: string;
  machine: Machine;
  options: BenchOptions;
  result: ScenarioResult;
}

/** The report for people. */
export function reportText({ scenario, machine, result }: BenchReport): string {
  const where = `${machine.cores} x ${machine.cpu}, ${machine.memoryGib} GiB, node ${machine.node}, load ${machine.load.join(' ')}, commit ${machine.commit}, ${machine.at}`;
  return [
    `${scenario}   ${where}`,
    table(result.rows),
    ...result.bars.map(barLine),
    ...result.notes.map((note) => `  ${note}`),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const barLine = (bar: Bar): string =>
  `${bar.met ? 'met   ' : 'MISSED'} ${bar.figure}: ${bar.reached} (wanted ${bar.wanted})`;

/** Columns as wide as they must be; numbers to the right. */
export function table(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const width = (column: string): number =>
    Math.max(column.length, ...rows.map((row) => String(row[column] ?? '').length));
  const line = (cell: (column: string) => string | number): string =>
    columns
      .map((column) =>
        typeof cell(column) === 'number'
          ? String(cell(column)).padStart(width(column))
          : String(cell(column)).padEnd(width(column)),
      )
      .join('  ')
      .trimEnd();
  return [line((column) => column), ...rows.map((row) => line((column) => row[column] ?? ''))].join('\n');
}
