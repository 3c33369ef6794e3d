/**
 * Owns where an output may lie: below the prefix of its space. Texts only; what a file system makes of them is the
 * worker's to find out.
 *
 * O1  A prefix and what lies below it are of one form: an absolute path (`file:///` is the same), or `scheme://authority`
 *     with one scheme and one authority. Below is at the end of a segment: `/u/ann` does not hold `/u/anna`, nor itself.
 * O2  A text that some reader could take for another place is forbidden wherever it seems to lie: `.` and `..`, encoded
 *     signs that part or name segments (also encoded twice), backslashes, control characters, empty segments.
 * O3  A relative path lies in the job's own folder, which goes with the job: no other space has anything there.
 */

/** `outside-space`: it lies elsewhere. `forbidden`: no output may be written so. */
export interface OutputFault {
  kind: 'outside-space' | 'forbidden';
  /** What is wrong, to be read after the place itself. */
  why: string;
}

/** Of a segment, as file systems have it. */
const segmentBytesMax = 255;
/** Of a whole path, as Linux has it. */
const placeBytesMax = 4_095;

/** Folders that hold no files: devices, and what the kernel tells. */
const kernelFolders = new Set(['dev', 'proc', 'sys']);

/**
 * What keeps an output from being written there by a job of a space with this prefix.
 * @param place as the document or a report says it, placeholders filled in
 * @param prefix of the space; nothing lies below one in which prefixFault() finds something
 */
export function outputFault(place: string, prefix: string): OutputFault | null {
  const why = forbiddenPart(place);
  if (why !== null) return { kind: 'forbidden', why };
  const [at, below] = [partsOf(place), partsOf(prefix)];
  if (at === null) return { kind: 'outside-space', why: 'is neither a path nor scheme://authority/path' };
  const isRelative = at.root === '';
  if (below === null || prefixFault(prefix) !== null || (!isRelative && !liesBelow(at, below))) {
    return { kind: 'outside-space', why: `does not lie below ${prefix}, where the space has its outputs` };
  }
  return null;
}

/** @returns why a text cannot be the output prefix of a space; null: it can. */
export function prefixFault(prefix: string): string | null {
  const why = forbiddenPart(prefix);
  if (why !== null) return why;
  if (/^file:/i.test(prefix)) return 'is written as a path, without file://';
  const parts = partsOf(prefix);
  if (parts === null || parts.root === '') return 'is neither an absolute path nor scheme://authority/path';
  if (parts.root !== '/') return null;
  if (parts.segments.length === 0) return 'is the root of all files: leave it out instead';
  return /[:,]/.test(prefix) ? 'holds a colon or a comma, which container programs read as something else' : null;
}

/** The folder that a prefix is on the worker's machine; null: it is an address, or no prefix to judge by. */
export const prefixFolderOf = (prefix: string): string | null =>
  prefixFault(prefix) === null ? localPathOf(prefix) : null;

/** Whether one prefix lies below another, or the other way round. The same is no nesting. */
export function prefixesNest(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  return a !== null && b !== null && (liesBelow(a, b) || liesBelow(b, a));
}

/** The absolute path that a place is on the worker's machine, without a slash at its end; null: it is none. */
export function localPathOf(place: string): string | null {
  const parts = partsOf(place);
  return parts?.root === '/' ? `/${parts.segments.join('/')}` : null;
}

/** `root`: `/`, or scheme and authority; `''` where the path is relative. */
interface PlaceParts {
  root: string;
  segments: readonly string[];
}

const withScheme = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/]*))?(.*)$/s;

/** @returns null where it has a scheme and no authority */
function partsOf(place: string): PlaceParts | null {
  const [, scheme, authority, rest = ''] = withScheme.exec(place) ?? [];
  if (scheme === undefined) return { root: place.startsWith('/') ? '/' : '', segments: segmentsOf(place) };
  if (scheme.toLowerCase() === 'file') {
    const path = decoded(rest);
    return authority === '' && path?.startsWith('/') === true ? { root: '/', segments: segmentsOf(path) } : null;
  }
  if (authority === undefined || authority === '') return null;
  return { root: `${scheme.toLowerCase()}://${authority}`, segments: segmentsOf(rest) };
}

/** One slash at the end says that it is a folder. */
const segmentsOf = (path: string): string[] =>
  path
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .split('/')
    .filter((segment, _position, all) => segment !== '' || all.length > 1);

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** O1 */
const liesBelow = (at: PlaceParts, below: PlaceParts): boolean =>
  at.root === below.root &&
  at.segments.length > below.segments.length &&
  below.segments.every((segment, position) => at.segments[position] === segment);

/** O2: `.`, `/`, `%`, `\`, NUL and control characters, encoded once or more often; and what no UTF-8 begins with. */
const encodedSign = /%(?:25)*(?:2[ef]|5c|[01][0-9a-f]|7f|c[01])/i;

/** @returns what is forbidden in a place, to be read after it; null: nothing. */
function forbiddenPart(place: string): string | null {
  if (place === '') return 'is empty';
  if (/[\u0000-\u001f\u007f-\u009f]|\p{Cs}/u.test(place)) return 'holds a control character';
  if (place.includes('\\')) return 'holds a backslash';
  if (encodedSign.test(place)) return 'holds an encoded sign (%2e, %2f, %5c, %00 and their like)';
  const hasScheme = withScheme.test(place);
  if (hasScheme && /[?#]/.test(place)) return 'has a query or a fragment';
  if (bytesOf(place) > placeBytesMax) return `is longer than ${placeBytesMax} bytes`;
  const parts = partsOf(place);
  if (parts === null) return /^file:/i.test(place) ? 'is no file:///path' : null;
  return forbiddenSegment(parts);
}

function forbiddenSegment({ root, segments }: PlaceParts): string | null {
  const [first = ''] = segments;
  if (root === '/' && kernelFolders.has(first)) return `lies in /${first}, where no files are kept`;
  for (const segment of segments) {
    if (segment === '') return 'has an empty segment (//)';
    if (segment === '.' || segment === '..') return `has the segment ${segment}`;
    if (/[. ]$/.test(segment)) return 'has a segment that ends with a dot or a space';
    if (bytesOf(segment) > segmentBytesMax) return `has a segment of more than ${segmentBytesMax} bytes`;
  }
  return null;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
