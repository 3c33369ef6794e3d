export { shown, shownList } from '#core';

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
