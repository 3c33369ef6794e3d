/**
 * Owns what a placeholder is. Documents check with it that each one will resolve; workers fill with it.
 *
 * P1 `{name}` is a placeholder: a letter or `_`, then letters, digits, `_`, `.` or `-`.
 * P2 `{{name}}` writes `{name}`. Every other brace stands for itself, so awk, JSON and `${x:-y}` need no escape.
 * P3 What was filled in is not read again: a value holding `{x}` stays as it is.
 */
const pattern = /\{\{([A-Za-z_][\w.-]*)\}\}|\{([A-Za-z_][\w.-]*)\}/g;

/** Placeholders that the worker knows of each attempt. A var of the same name wins. */
export const builtInPlaceholders = ['attempt', 'name', 'ordinal'] as const;

/** @returns the names of the placeholders of one text; may repeat. */
export function placeholdersIn(text: string): string[] {
  if (!text.includes('{')) return [];
  return [...text.matchAll(pattern)].flatMap(([, , name]) => (name === undefined ? [] : [name]));
}

/** What the placeholders of one attempt stand for. `ordinal`: the job's position in its document, from 0. */
export function placeholderValues(of: {
  vars: Readonly<Record<string, string>> | undefined;
  attempt: number;
  name: string;
  ordinal: number;
}): ReadonlyMap<string, string> {
  const builtIn: [string, string][] = [
    ['attempt', String(of.attempt)],
    ['name', of.name],
    ['ordinal', String(of.ordinal)],
  ];
  return new Map([...builtIn, ...Object.entries(of.vars ?? {})]);
}

/** @returns the text with its placeholders filled; one without a value stays as it is, see P1-P3. */
export function fillPlaceholders(text: string, values: ReadonlyMap<string, string>): string {
  if (!text.includes('{')) return text;
  return text.replace(pattern, (whole: string, escaped: string | undefined, name: string | undefined) => {
    if (name === undefined) return `{${escaped ?? ''}}`;
    return values.get(name) ?? whole;
  });
}

/** Strings anywhere inside a value, such as params: an array or object is walked, its keys are left alone. */
export function placeholdersWithin(value: unknown): string[] {
  if (typeof value === 'string') return placeholdersIn(value);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(placeholdersWithin);
}

/** @returns a copy with the placeholders filled in every string of an array or object. */
export function fillPlaceholdersWithin(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return fillPlaceholders(value, values);
  if (Array.isArray(value)) return value.map((item) => fillPlaceholdersWithin(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillPlaceholdersWithin(item, values)]));
}
