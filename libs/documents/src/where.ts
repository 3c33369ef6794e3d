/** One step of a JSON pointer, escaped as RFC 6901 says. */
export const step = (key: string | number): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** JSON pointer of a path; `''` is the whole value. */
export const pointerOf = (path: readonly (string | number)[]): string => path.map(step).join('');

/**
 * Place of something inside a job or header.
 * @param base where the whole stands: `''` for a document, `/jobs/3`, or `line 17`
 * @param pointer JSON pointer inside it
 */
export function placeIn(base: string, pointer: string): string {
  if (base === '' || base.startsWith('/')) return base + pointer || '/';
  return pointer === '' ? base : `${base}, ${pointer}`;
}

const shownCharsMax = 80;
const unprintable = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A value as it can be put into a message: on one line, short, and nothing in it that a terminal obeys. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value.slice(0, shownCharsMax + 1) : value;
  const json = (JSON.stringify(text) ?? String(value)).replace(unprintable, escaped);
  return json.length > shownCharsMax ? `${json.slice(0, shownCharsMax)}...` : json;
}

/** Names for a message: the first few, and how many more. */
export function shownList(names: Iterable<string>): string {
  const all = [...names];
  const more = all.length > 5 ? ` and ${all.length - 5} more` : '';
  return all.slice(0, 5).map(shown).join(', ') + more;
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
