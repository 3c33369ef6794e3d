import type { LimitName, ReadyClass } from '../ports/lease-store.js';

/** Why jobs of a class that are ready were not handed out in a round, as the broker saw it. */
export type ClassWait =
  /** Nobody who waited may run them. */
  | { classId: number; cause: 'nobody-waits' }
  /** Wherever they might have gone, one of these had no room. */
  | { classId: number; cause: 'limit'; limits: LimitName[] }
  /** Those who may run them were given as much as they asked for. */
  | { classId: number; cause: 'workers-full' };

/** Workers that waited and are alike. */
export interface WaiterKind {
  site: string;
  classes: ReadonlySet<number>;
}

/** Limits as a broker knows them. */
interface Limits {
  full(of: ReadyClass, site: string): number[];
  nameOf(id: number): LimitName | undefined;
}

/** @param left classes that still have ready jobs after a round. */
export function traceRound(left: readonly ReadyClass[], kinds: readonly WaiterKind[], limits: Limits): ClassWait[] {
  return left.map((of): ClassWait => {
    const classId = of.id;
    const sites = new Set(kinds.filter(({ classes }) => classes.has(classId)).map(({ site }) => site));
    if (sites.size === 0) return { classId, cause: 'nobody-waits' };
    const full = [...sites].map((site) => limits.full(of, site));
    if (full.some((ids) => ids.length === 0)) return { classId, cause: 'workers-full' };
    const names = [...new Set(full.flat())].flatMap((id) => limits.nameOf(id) ?? []);
    return { classId, cause: 'limit', limits: names };
  });
}
