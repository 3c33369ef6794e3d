import type { Call } from './globals.js';
import { csvRecord, type Cell } from './render/csv.js';

export interface AnswerShape {
  /** For people. */
  lines: readonly string[];
  ids: readonly string[];
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** Prints one answer of the server: for people its lines, for programs what the server said. */
export async function printAnswer(
  { terminal: { out }, globals }: Call,
  answer: unknown,
  shape: AnswerShape,
): Promise<void> {
  switch (globals.output) {
    case 'json':
      await out.line(JSON.stringify(answer, null, 2));
      break;
    case 'ndjson':
      await out.line(JSON.stringify(answer));
      break;
    case 'csv':
      await out.lines([shape.head, ...shape.rows].map(csvRecord));
      break;
    case 'id':
      await out.lines(shape.ids);
      break;
    case 'table':
      await out.lines(shape.lines);
  }
  await out.flush();
}
