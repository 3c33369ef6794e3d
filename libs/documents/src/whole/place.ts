import type { RawJob } from '../job-line.js';
import type { OpenDocument } from '../open-document.js';
import { placeIn } from '../where.js';
import { jsonLocator } from './locate-json.js';
import type { Position } from './locate.js';

/** What is to be found: something in the header (ordinal -1) or in a job, by a JSON pointer inside it. */
export interface Wanted {
  ordinal: number;
  pointer: string;
  raw?: RawJob;
}

/**
 * The place of an error for who mends it in an editor: `line 12, column 5 (/jobs/3/after/0)`. The pointer is that of the
 * whole document, in NDJSON too, where line 1 and the job at position 0 are no list. Without line and column, if they
 * are not known, just that.
 */
export function placeOf(document: OpenDocument, { ordinal, pointer, raw }: Wanted): string {
  const inner = pointer === '/' ? '' : pointer;
  const whole = ordinal < 0 ? inner : `/jobs/${ordinal}${inner}`;
  const isLine = document.format === 'ndjson' && ordinal >= 0;
  const at = isLine ? raw && inLine(raw, inner) : document.locate?.(whole);
  if (at) return atPointer(whole, at);
  return raw && !raw.where.startsWith('/') ? placeIn(raw.where, inner) : placeIn('', whole);
}

/** A JSON pointer as a place: with line and column where they are known. */
export const atPointer = (pointer: string, at: Position | null): string =>
  at ? `line ${at.line}, column ${at.column} (${pointer === '' ? '/' : pointer})` : pointer;

/** Of NDJSON each job is a line, and its text is at hand. */
function inLine(raw: RawJob, pointer: string): Position | null {
  const line = Number(/^line (\d+)$/.exec(raw.where)?.[1] ?? NaN);
  return typeof raw.text === 'string' && line > 0 ? jsonLocator(raw.text, line)(pointer) : null;
}

/** A place taken apart, for programs. Null: not known; pointer null: the text itself cannot be read there. */
export interface PlaceParts {
  line: number | null;
  column: number | null;
  pointer: string | null;
}

/** What `where` of an error says: `line 12, column 5 (/jobs/3)`, `line 12, /vars`, `line 12` or `/jobs/3`. */
export function placeParts(where: string): PlaceParts {
  const [, line, column, inBrackets, bare] =
    /^(?:line (\d+)(?:, column (\d+))?)?(?: \((\/.*)\)|(?:, )?(\/.*))?$/s.exec(where) ?? [];
  const number = (digits: string | undefined): number | null => (digits === undefined ? null : Number(digits));
  return { line: number(line), column: number(column), pointer: inBrackets ?? bare ?? null };
}
