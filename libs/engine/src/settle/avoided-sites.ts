import { fits, type WorkerOffer } from '../lease/fits.js';
import type { ReadyClass } from '../ports/lease-store.js';

/** What classes need, and the workers that are there. */
export interface Places {
  classes: ReadonlyMap<number, ReadyClass>;
  workers: readonly WorkerOffer[];
}

/**
 * Where a job must not go from now on, if it is to go elsewhere than to `site`.
 * @returns null where there is no other place: no worker that is there at another open site could run it
 */
export function avoidingToo(
  site: string,
  of: { classId: number; memoryMib: number },
  { classes, workers }: Places,
): string[] | null {
  const needs = classes.get(of.classId);
  if (!needs) return null;
  const avoidSites = [...new Set([...needs.avoidSites, site])].sort();
  const elsewhere = { ...needs, memoryMib: of.memoryMib, avoidSites };
  return workers.some((worker) => fits(elsewhere, worker)) ? avoidSites : null;
}
