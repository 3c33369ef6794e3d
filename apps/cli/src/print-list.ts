import type { Call, Format } from './globals.js';
import { csvRecord, type Cell } from './render/csv.js';

export interface ListShape<T> {
  format: Exclude<Format, 'table'>;
  head: readonly string[];
  cellsOf: (item: T) => Cell[];
  /** What a selector takes. */
  idOf: (item: T) => string;
}

/** Prints items as they come, so that a million of them need no more memory than one. */
export async function printList<T>(
  { terminal: { out } }: Call,
  shape: ListShape<T>,
  items: AsyncIterable<T>,
  max: number,
): Promise<void> {
  const { format } = shape;
  if (format === 'csv') await out.line(csvRecord(shape.head));
  let printed = 0;
  for await (const item of items) {
    if (printed >= max) break;
    if (format === 'json') await out.line(`${printed === 0 ? '[' : ','}${JSON.stringify(item)}`);
    else if (format === 'ndjson') await out.line(JSON.stringify(item));
    else await out.line(format === 'csv' ? csvRecord(shape.cellsOf(item)) : shape.idOf(item));
    printed += 1;
  }
  if (format === 'json') await out.line(printed === 0 ? '[]' : ']');
}
