import type { ClassVariant } from '../ports/settle-store.js';

/** A class as a variant is made of it. */
export interface VariantBase {
  classId: number;
  /** JSON text of what decides the class, as readyClassOf() writes it. */
  classKey: string;
}

/** The class like another, but for what differs. Its key is the one that an upload would give it. @see readyClassOf */
export function classVariant({ classId, classKey }: VariantBase, differs: ClassVariant['differs']): ClassVariant {
  const decisive = JSON.parse(classKey) as Record<string, unknown>;
  return { classId, key: JSON.stringify({ ...decisive, ...differs }), differs };
}

/** Each variant once. */
export const distinctVariants = (variants: readonly ClassVariant[]): ClassVariant[] => [
  ...new Map(variants.map((variant) => [variant.key, variant])).values(),
];
