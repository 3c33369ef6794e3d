import type { DocumentHeader } from '#contracts';

/** A schema of libs/contracts, as far as its fields are looked up. */
export type Schema = Pick<typeof DocumentHeader, 'def'> | { def: object };

interface Def {
  type?: string;
  shape?: Record<string, Schema>;
  element?: Schema;
  valueType?: Schema;
  innerType?: Schema;
  options?: readonly Schema[];
}

/** The names of the fields that an object at this path may have; none when it is not an object of fixed fields. */
export function fieldsAt(schema: Schema, path: readonly (string | number)[]): string[] {
  const def = schema.def as Def;
  if (def.innerType) return fieldsAt(def.innerType, path);
  if (def.options) return def.options.flatMap((option) => fieldsAt(option, path));
  const [step, ...rest] = path;
  if (step === undefined) return Object.keys(def.shape ?? {});
  const inner = def.shape ? def.shape[String(step)] : (def.element ?? def.valueType);
  return inner ? fieldsAt(inner, rest) : [];
}
