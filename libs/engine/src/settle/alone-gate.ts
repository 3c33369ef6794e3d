/**
 * Lets work of one process go on together, or alone. What is alone when the process dies is what it died of, so nothing that
 * may kill is let in beside it.
 */
export class AloneGate {
  /** The last one who asked to be alone, settled when it is done. */
  private last: Promise<unknown> = Promise.resolve();
  private readonly together = new Set<Promise<unknown>>();

  /** Waits for those who asked to be alone before. */
  async shared<T>(work: () => Promise<T>): Promise<T> {
    for (let seen: Promise<unknown> | null = null; seen !== this.last;) {
      seen = this.last;
      await seen;
    }
    const done = work();
    this.together.add(done);
    try {
      return await done;
    } finally {
      this.together.delete(done);
    }
  }

  /** Waits for all who are at work, and those who asked to be alone before; others wait for it. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.last;
    const done = (async () => {
      await before;
      await Promise.allSettled(this.together);
      return work();
    })();
    this.last = Promise.allSettled([done]);
    return done;
  }
}
