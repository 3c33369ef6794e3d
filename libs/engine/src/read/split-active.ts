import type { Counts } from '#contracts';

/**
 * The counts of a task from what is stored (total, waiting, finished, failed) and what lies in `ready` and `held`.
 * A ready row is a hint and may outlive its job for a moment, so it never counts more than is left: the sum is exact.
 */
export function splitActive(stored: Omit<Counts, 'ready' | 'leased'>, readyAndHeld: number): Counts {
  const active = stored.total - stored.waiting - stored.finished - stored.failed;
  const ready = Math.min(readyAndHeld, active);
  return { ...stored, ready, leased: active - ready };
}
