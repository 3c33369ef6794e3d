/** Changes of one class that are told at once, and after how many milliseconds there may be one more. */
const changesMax = 30;
const changeEveryMs = 10_000;

/** Bounds how much of a class that changes all the time is put on record: a burst, then a change every ten seconds. */
export class ChangeBudget {
  private readonly left = new Map<number, { changes: number; atMs: number }>();

  /** @returns whether this change may be told; if so it is paid for. */
  take(classId: number, nowMs: number): boolean {
    const { changes, atMs } = this.left.get(classId) ?? { changes: changesMax, atMs: nowMs };
    const earned = Math.floor((nowMs - atMs) / changeEveryMs);
    const have = Math.min(changesMax, changes + earned);
    const paid = have > 0;
    this.left.set(classId, {
      changes: have - (paid ? 1 : 0),
      atMs: have === changesMax ? nowMs : atMs + earned * changeEveryMs,
    });
    return paid;
  }

  /** Forgets those that earned everything back. */
  forget(nowMs: number): void {
    for (const [classId, { atMs }] of this.left) {
      if (nowMs - atMs > changesMax * changeEveryMs) this.left.delete(classId);
    }
  }
}
