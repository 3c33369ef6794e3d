import { coresLimits } from '#contracts';

/**
 * The cores that a task asks for.
 * @param coreCount as recorded; what is no number above 0 asks for nothing
 * @returns null when it asks for nothing; else within the limits of `resources.cores`
 */
export function coresOf(coreCount: unknown): number | null {
  if (typeof coreCount !== 'number' || !(coreCount > 0)) return null;
  return Math.min(coresLimits.max, Math.max(coresLimits.min, coreCount));
}
