export type Cell = string | number | boolean | null;

/** A spreadsheet takes a cell with one of these at its start for a formula (B58). */
const formula = /^[=+\-@\t\r]/;
const needsQuotes = /[",\r\n]/;

/** One record of RFC 4180, without its line end. Null is an empty cell; text that could be a formula gets a leading `'`. */
export const csvRecord = (cells: readonly Cell[]): string => cells.map(csvCell).join(',');

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  if (formula.test(cell)) return `"'${cell.replaceAll('"', '""')}"`;
  return needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
