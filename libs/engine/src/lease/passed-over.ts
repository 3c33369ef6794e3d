/** After so long room is kept for a class that others pass, in milliseconds. */
const reserveAfterMs = 10_000;
/** Most classes remembered. */
const passedMax = 10_000;

/**
 * Knows since when classes that are first in order are passed by others, since nobody who waits has room enough for one of
 * their jobs: wide jobs would starve while small ones take each core that becomes free.
 */
export class PassedOver {
  private readonly sinceMs = new Map<number, number>();

  /** Whether one job of a class is due to have room kept for it. */
  isDue(classId: number, nowMs: number): boolean {
    return nowMs - (this.sinceMs.get(classId) ?? Infinity) >= reserveAfterMs;
  }

  note(classId: number, { isPassed, nowMs }: { isPassed: boolean; nowMs: number }): void {
    if (!isPassed) this.sinceMs.delete(classId);
    else if (!this.sinceMs.has(classId)) {
      if (this.sinceMs.size >= passedMax) this.sinceMs.clear(); // they wait for one more while
      this.sinceMs.set(classId, nowMs);
    }
  }
}
