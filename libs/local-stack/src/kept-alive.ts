import { setTimeout as sleep } from 'node:timers/promises';

/** Something that runs until it is stopped, or ends by a fault. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

export interface KeptAliveOptions<R extends Running> {
  name: string;
  start: () => Promise<R>;
  /** It ended and is about to be started again. */
  onRestart: (detail: string) => void;
  /** It is not worth trying any more. */
  onHopeless: (reason: string) => void;
  /** Waits before the 1st, 2nd, ... restart in a row; as many restarts as there are waits. */
  backOffMs?: readonly number[];
  /** Having run this long it starts afresh: the next crash is the first in a row. */
  healthyMs?: number;
}

const usualBackOffMs = [200, 500, 1_000, 2_000, 5_000, 5_000, 10_000, 10_000];
const usualHealthyMs = 60_000;

/**
 * Starts something again when it ends by itself, later each time, and gives up at last.
 * K1 At most one runs at a time. K2 After stop() nothing runs and nothing is started.
 */
export class KeptAlive<R extends Running> {
  private current: R | null = null;
  private stopped = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(private readonly options: KeptAliveOptions<R>) {}

  get name(): string {
    return this.options.name;
  }

  /** Pid of what runs now; 0 between two runs. */
  get pid(): number {
    return this.current?.pid ?? 0;
  }

  /** The first start. @throws what it throws: nothing is tried again before it ran once. */
  async begin(): Promise<R> {
    const running = await this.options.start();
    this.current = running;
    this.watching = this.watch(running);
    return running;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.current?.stop();
    await this.watching;
    await this.current?.stop(); // a start that was under way came through
  }

  private async watch(first: R): Promise<void> {
    const backOffMs = this.options.backOffMs ?? usualBackOffMs;
    let running: R | null = first;
    for (let restart = 0; ; restart += 1) {
      const since = performance.now();
      const what = running === null ? 'did not start' : `ended with code ${await running.ended}`;
      if (this.stopped.signal.aborted) return;
      this.current = null;
      if (performance.now() - since >= (this.options.healthyMs ?? usualHealthyMs)) restart = 0;
      const waitMs = backOffMs[restart];
      if (waitMs === undefined)
        return this.options.onHopeless(`${this.options.name} ${what}, ${restart} times in a row`);
      this.options.onRestart(`${this.options.name} ${what}: starting it again in ${waitMs / 1_000} s`);
      await sleep(waitMs, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      if (this.stopped.signal.aborted) return;
      running = await this.options.start().catch(() => null);
      this.current = running;
    }
  }
}
