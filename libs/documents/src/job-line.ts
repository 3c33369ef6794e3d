import type { DocumentError } from '#contracts';
import { errorAt } from './fault.js';
import { lineAndColumn, readJson, type JsonRead } from './json-text.js';
import type { Line } from './line-reader.js';

/**
 * One job as it stands in a document: parsed, not checked. `text` is its line as it came, null if it had none.
 * Of one with `errors` they are all that may be used, but for telling what else is wrong: its `text`, if it is one.
 */
export type RawJob =
  { where: string; value: unknown; text: string | null } | { where: string; errors: DocumentError[]; text?: string };

/** Reads one line of NDJSON. */
export function jobOfLine(line: Line): RawJob {
  const where = `line ${line.no}`;
  if ('error' in line) return { where, errors: [line.error] };
  const read = readJson(line.text);
  if ('faults' in read) return { where, errors: jsonErrors(read, line.text, line.no), text: line.text };
  return { where, value: read.value, text: line.text };
}

/** Faults of JSON text as errors with line and column. @param firstLine number of the text's first line */
export function jsonErrors(read: Extract<JsonRead, { faults: unknown }>, text: string, firstLine = 1): DocumentError[] {
  return read.faults.map((fault) => {
    const { line, column } = lineAndColumn(text, fault.offset);
    return errorAt(`line ${firstLine + line - 1}, column ${column}`, { ...fault, pointer: '' });
  });
}
