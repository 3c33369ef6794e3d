/**
 * Owns what a placeholder is. Documents check with it that each one will resolve; workers and transforms fill with it.
 *
 * P1 `{name}` is a placeholder: a letter or `_`, then letters, digits, `_`, `.` or `-`.
 * P2 `${name}` is the shell's own, and `{{name}}` writes `{name}`. Every other brace stands for itself, so awk, JSON and
 *    `${x:-y}` need no escape.
 * P3 What was filled in is not read again: a value holding `{x}` stays as it is.
 */
const pattern = /\{\{([A-Za-z_][\w.-]*)\}\}|(?<!\$)\{([A-Za-z_][\w.-]*)\}/g;

/** Placeholders that we fill ourselves; `vars` of the same name win. */
export const ownPlaceholders: readonly string[] = ['attempt', 'name', 'ordinal'];

/** @returns the names of the placeholders of one text; may repeat. */
export function placeholdersIn(text: string): string[] {
  if (!text.includes('{')) return [];
  return [...text.matchAll(pattern)].flatMap(([, , name]) => (name === undefined ? [] : [name]));
}

/**
 * The text that fills in as `text` itself, whatever placeholders it seems to hold.
 * @param keep names whose placeholders stay placeholders, and whose doubled braces go on writing single ones
 */
export function literalText(text: string, keep: readonly string[] = []): string {
  return text.replace(pattern, (whole: string, escaped: string | undefined, name: string | undefined) =>
    keep.includes(escaped ?? name ?? '') ? whole : `{${whole}}`,
  );
}

/** The names in all strings of a value, such as params; keys are not looked at. */
export function placeholdersWithin(value: unknown): string[] {
  if (typeof value === 'string') return placeholdersIn(value);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(placeholdersWithin);
}

/** What the placeholders of one attempt stand for. `ordinal`: the job's position in its document, from 0. */
export function placeholderValues(job: {
  readonly vars: Readonly<Record<string, string>>;
  readonly attempt: number;
  readonly name: string;
  readonly ordinal: number;
}): ReadonlyMap<string, string> {
  const own: [string, string][] = [
    ['attempt', String(job.attempt)],
    ['name', job.name],
    ['ordinal', String(job.ordinal)],
  ];
  return new Map([...own, ...Object.entries(job.vars)]);
}

/** @returns text with every placeholder that has a value filled in, see P1-P3. */
export function fillPlaceholders(text: string, values: ReadonlyMap<string, string>): string {
  if (!text.includes('{')) return text;
  return text.replace(pattern, (whole: string, escaped: string | undefined, name: string | undefined) => {
    if (name === undefined) return `{${escaped ?? ''}}`;
    return values.get(name) ?? whole;
  });
}

/** @returns a copy with the placeholders filled in every string of an array or object. */
export function fillPlaceholdersWithin(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return fillPlaceholders(value, values);
  if (Array.isArray(value)) return value.map((item) => fillPlaceholdersWithin(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillPlaceholdersWithin(item, values)]));
}
