/** An object of which only the shape `{...}` is known. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy without some fields. Copies by entries, so that a key such as `__proto__` stays a key. */
export function without(fields: Fields, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));
}

/** @returns the object, or undefined when nothing is in it: empty parts are left out of jobs. */
export const filledFields = <T extends object>(fields: T): T | undefined =>
  Object.keys(fields).length === 0 ? undefined : fields;
