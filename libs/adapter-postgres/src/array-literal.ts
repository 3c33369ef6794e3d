/**
 * PostgreSQL array literals, written whole: pg's own writer handles one element at a time and costs more than the
 * statement it is for.
 */

/** Of numbers and of bigints as text: nothing in them needs quotes. */
export function numbers(values: readonly (number | string | null)[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i += 1) text += (i === 0 ? '' : ',') + (values[i] ?? 'NULL');
  return text + '}';
}

/** Of texts, quoted. */
export function texts(values: readonly (string | null)[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    text +=
      (i === 0 ? '' : ',') + (value === null || value === undefined ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`);
  }
  return text + '}';
}

/** Of booleans. */
export const booleans = (values: readonly boolean[]): string =>
  `{${values.map((value) => (value ? 't' : 'f')).join()}}`;

/** The numbers of a comma-separated list; null is the empty list. */
export const listed = (text: unknown): number[] =>
  typeof text === 'string' && text ? text.split(',').map(Number) : [];
