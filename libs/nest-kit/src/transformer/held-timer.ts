import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { TransitionStore } from '#engine';
import { Hints } from './hints.js';
import { TRANSITION_STORE } from './stores.js';

/** Longest sleep: a retry that another transformer held back is found by then. */
const sweepSec = 30;
/** Shortest sleep, in seconds. */
const shortestSec = 0.05;

/** Lets held retries go when their back-off is over: one timer for the earliest. */
@Injectable()
export class HeldTimer implements OnModuleDestroy {
  private readonly logger = new Logger('held');
  private timer: NodeJS.Timeout | undefined;
  private dueAtMs = Infinity;

  constructor(
    @Inject(TRANSITION_STORE) private readonly store: TransitionStore,
    private readonly hints: Hints,
  ) {}

  /** A retry is due in so many seconds; at once when the process starts, to find what an earlier one left. */
  arm(inSec: number): void {
    const sec = Math.min(Math.max(inSec, shortestSec), sweepSec);
    const dueAtMs = performance.now() + sec * 1_000;
    if (dueAtMs >= this.dueAtMs) return;
    this.dueAtMs = dueAtMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.release(), sec * 1_000);
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    this.dueAtMs = -Infinity; // nothing arms it any more
  }

  private async release(): Promise<void> {
    if (this.dueAtMs === -Infinity) return;
    this.dueAtMs = Infinity;
    try {
      const { classes, nextSec } = await this.store.releaseHeld();
      this.hints.ready(classes);
      this.arm(nextSec ?? sweepSec);
    } catch (fault) {
      this.logger.warn('held retries wait', { cause: fault instanceof Error ? fault.message : fault });
      this.arm(1);
    }
  }
}
