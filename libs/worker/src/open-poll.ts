/** What jobs may take; GPUs that are not said are none. */
export interface RoomSaid {
  readonly cores: number;
  readonly memoryMib: number;
  readonly gpus?: number;
}

/** A poll of an idle worker is sent anew so soon, in milliseconds; while something runs, room comes bit by bit. */
const renewMs = { idle: 20, busy: 1_000 };
/** Cores are sums of fractions. */
const leastCores = 0.01;

/**
 * Owns one open poll, and whether it is to be sent anew: it said what was free when it was sent, and is answered by that.
 * Only what has at least doubled is worth it, so that a worker of many cores does not ask once for each job that ends.
 */
export class OpenPoll {
  private readonly ending = new AbortController();
  private timer: NodeJS.Timeout | null = null;

  /** @param said what was free; null: it asks for no jobs @param sentMs of any steady clock */
  constructor(
    private readonly said: RoomSaid | null,
    private readonly sentMs: number,
  ) {}

  /** Aborts when the poll is not to be waited for any more. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Whether much more is free than was said: time to ask again, or it will be. */
  hasOutgrown({ cores, memoryMib, gpus = 0 }: RoomSaid): boolean {
    const { said } = this;
    if (said === null || cores < leastCores || memoryMib <= 0) return false;
    const hasDoubled = (now: number, before: number, least: number): boolean => now - before >= Math.max(least, before);
    return (
      hasDoubled(cores, said.cores, leastCores) ||
      hasDoubled(memoryMib, said.memoryMib, 1) ||
      hasDoubled(gpus, said.gpus ?? 0, 1)
    );
  }

  /** Milliseconds until it may be sent anew; 0: now. */
  restMs({ isIdle, nowMs }: { isIdle: boolean; nowMs: number }): number {
    return Math.max(0, this.sentMs + (isIdle ? renewMs.idle : renewMs.busy) - nowMs);
  }

  /** Looks again after a while, unless that was ordered before. */
  lookAgain(afterMs: number, look: () => void): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      look();
    }, afterMs).unref();
  }

  end(): void {
    this.ending.abort();
  }

  /** It was answered, or broke. */
  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }
}
