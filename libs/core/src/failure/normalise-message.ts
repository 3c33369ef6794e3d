/**
 * Makes lines alike that say the same about different things: `cannot open /data/17.fits` and `cannot open /data/18.fits`.
 *
 * N1  What differs from job to job gives way to a word: `<time>`, `<id>`, `<path>`, `<name>`, `<n>`. The rest stays.
 * N2  Time grows with the length, whatever is in the line: every pattern is bounded or tried where a word begins only.
 */

/** Longest result. */
export const normalisedCharsMax = 200;
/** Longest quoted name; a longer one is no name. */
const quotedCharsMax = 200;

const time =
  /\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\b\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?/g;
const id = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
const hexNumber = /\b0x[0-9a-f]+\b/gi;
/** Eight and more hex digits, with a figure among them: a checksum, which may look like a number; no word such as `effaced`. */
const hexText = /(?<![a-z0-9])(?=[a-f]*\d)[0-9a-f]{8,}(?![a-z0-9])/gi;
const decimal = /(?:(?<![\w>])[+-])?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?/gi;
const quoted = new RegExp(
  ["'", '"', '`'].map((mark) => `(?<![\\w${mark}])${mark}[^${mark}]{1,${quotedCharsMax}}${mark}(?!\\w)`).join('|'),
  'g',
);
/** What stands before a path: `key=`, and marks. */
const pathStart = /^(?:[\w.([-]{1,40}[=:](?!\/\/))?["'`([{<]*/;
const closingMarks = '"\'`)]}>.,;:!?';
const rooted = /^(?:\.{0,2}\/|~|[a-z][a-z0-9+.-]{0,20}:\/\/)/i;
const extension = /\.[a-z][a-z0-9]{0,5}$/i;

/**
 * @param line one line of text, of any content.
 * @returns at most 200 characters, on one line.
 */
export function normaliseMessage(line: string): string {
  const dated = line.replace(time, '<time>').replace(id, '<id>');
  const words = dated.split(/\s+/).filter((word) => word !== '');
  const named = words.map(withoutPath).join(' ').replace(quoted, withoutName);
  const counted = named.replace(hexNumber, '<n>').replace(hexText, '<n>').replace(decimal, '<n>');
  return counted.slice(0, normalisedCharsMax).trimEnd();
}

/** A path keeps its extension: a missing `.fits` and a missing `.json` are two faults. */
function withoutPath(word: string): string {
  if (!word.includes('/')) return word;
  const start = pathStart.exec(word)?.[0] ?? '';
  let end = word.length;
  while (end > start.length && closingMarks.includes(word.charAt(end - 1))) end -= 1;
  const path = word.slice(start.length, end);
  const ending = extension.exec(path)?.[0];
  if (!isPath(path, ending)) return word;
  return `${start}<path>${ending ?? ''}${word.slice(end)}`;
}

/** `/data`, `a/b/c` and `raw/12.fits` are; `Input/output`, `N/A` and `3/4` are not. */
function isPath(path: string, ending: string | undefined): boolean {
  if (rooted.test(path)) return path.length > 1;
  const slash = path.indexOf('/');
  if (slash < 0 || /^[\d.]+\/[\d.]+$/.test(path)) return false;
  return ending !== undefined || path.includes('/', slash + 1);
}

/** The marks stay, so that `'a' is not 'b'` still reads as it did; and a path in them stays one. */
function withoutName(text: string): string {
  const mark = text.charAt(0);
  return /^.<path>[^<]*.$/.test(text) ? text : `${mark}<name>${mark}`;
}
