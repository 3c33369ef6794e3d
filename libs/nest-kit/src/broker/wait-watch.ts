import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { WaitRecorder } from '#engine';

/** The recorder is asked so often, in milliseconds; how often it looks is its own. */
const everyMs = 1_000;
/** A fault is told so often at most. */
const tellEveryMs = 60_000;

/** Lets the record of waits be kept. It is for people who ask why: nothing that runs depends on it. */
@Injectable()
export class WaitWatch implements OnModuleDestroy {
  private readonly logger = new Logger('waits');
  private readonly timer = setInterval(() => void this.look(), everyMs);
  private looking = false;
  private toldAtMs = -Infinity;

  constructor(private readonly recorder: WaitRecorder) {}

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      await this.recorder.look();
    } catch (fault) {
      this.tell(fault);
    } finally {
      this.looking = false;
    }
  }

  private tell(fault: unknown): void {
    if (performance.now() - this.toldAtMs < tellEveryMs) return;
    this.toldAtMs = performance.now();
    this.logger.warn('why jobs wait is not put on record', { cause: String(fault) });
  }
}
