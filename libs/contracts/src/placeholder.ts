/** `{name}` in a template's text; `${name}` is the shell's own and never one. The first group is the name. */
export const placeholderPattern = /(?<!\$)\{([A-Za-z_][A-Za-z0-9_.-]*)\}/g;

/** Placeholders that we fill ourselves; `vars` of the same name win. */
export const ownPlaceholders = ['attempt', 'name', 'ordinal'] as const;

/** @returns text with every placeholder that has a value filled in once; values are not read again. */
export function fillPlaceholders(text: string, values: ReadonlyMap<string, string>): string {
  return text.includes('{')
    ? text.replace(placeholderPattern, (whole, name: string) => values.get(name) ?? whole)
    : text;
}
