import type { ClassVariant } from '../ports/settle-store.js';

/** A class as a variant is made of it. */
export interface VariantBase {
  classId: number;
  /** What decides the class: JSON text, as readyClassOf() writes it. */
  classKey: string;
}

/** The class like another, but for what differs. Its key is the one that an upload would give it. @see readyClassOf */
export function classVariant({ classId, classKey }: VariantBase, differs: ClassVariant['differs']): ClassVariant {
  const decisive = decisiveIn(classKey);
  // Keys that a migration made are no JSON: what differs is said behind them.
  const key = decisive ? JSON.stringify({ ...decisive, ...differs }) : `${classKey} ${JSON.stringify(differs)}`;
  return { classId, key, differs };
}

/** Each variant once. */
export const distinctVariants = (variants: readonly ClassVariant[]): ClassVariant[] => [
  ...new Map(variants.map((variant) => [variant.key, variant])).values(),
];

function decisiveIn(classKey: string): Record<string, unknown> | null {
  try {
    return JSON.parse(classKey) as Record<string, unknown>;
  } catch {
    return null;
  }
}
