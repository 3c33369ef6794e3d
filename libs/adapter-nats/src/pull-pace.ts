/** The wait before the next try, in milliseconds, while no list is handled: it doubles. */
const waitMs = { first: 1_000, last: 5_000 } as const;

/**
 * How much a PullLoop takes at once, and when it tries again. As long as lists are handled: all there is. After one that was
 * not: a single message, after a wait that doubles with each failure; then twice as many with each list that is handled. So
 * hardly anything passes while the store is away, and a message that fails by itself does not take all others along.
 */
export class PullPace {
  private failures = 0;
  private most: number;

  constructor(private readonly all: number) {
    this.most = all;
  }

  /** Messages to have at once. */
  get messagesMax(): number {
    return this.most;
  }

  handled(): void {
    this.failures = 0;
    this.most = Math.min(this.all, this.most * 2);
  }

  /** @returns the wait before the next try, in milliseconds */
  failed(): number {
    const ms = Math.min(waitMs.last, waitMs.first * 2 ** this.failures);
    this.failures += 1;
    this.most = 1;
    return ms;
  }
}
