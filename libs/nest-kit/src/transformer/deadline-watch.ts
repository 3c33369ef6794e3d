import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { endOverdue, type OrderPorts, type TransitionStore } from '#engine';
import { Hints } from './hints.js';
import { PartitionKeeper } from './partition-keeper.js';
import { TRANSITION_STORE } from './stores.js';

/** Sweeps find what is due later. */
const timerSecMax = 30;

/** Ends workflows of owned partitions that are over the time their policy gives them: one timer for the earliest. */
@Injectable()
export class DeadlineWatch implements OnModuleDestroy {
  private readonly logger = new Logger('deadlines');
  private readonly ports: OrderPorts & { transitions: TransitionStore };
  private timer: NodeJS.Timeout | undefined;
  private busy = false;
  private stopped = false;

  constructor(
    @Inject(TRANSITION_STORE) transitions: TransitionStore,
    hints: Hints,
    private readonly keeper: PartitionKeeper,
  ) {
    this.ports = {
      transitions,
      hints: {
        command: (partition) => hints.command(partition),
        ready: (classes, room) => hints.ready(classes, room),
        kill: (kills) => hints.kill(kills),
        held: () => undefined, // a cancel gives no back-off back
      },
    };
    keeper.onSweep((partitions) => this.look(partitions));
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async look(partitions: number[]): Promise<void> {
    if (this.busy || this.stopped) return;
    this.busy = true;
    try {
      const { ended, nextSec } = await endOverdue(this.ports, partitions);
      if (ended > 0) this.logger.log('workflows over their time are cancelled', { workflows: ended });
      this.arm(nextSec);
    } catch (fault) {
      this.logger.warn('workflows over their time go on for now', {
        cause: fault instanceof Error ? fault.message : fault,
      });
    } finally {
      this.busy = false;
    }
  }

  private arm(nextSec: number | null): void {
    if (nextSec === null || nextSec > timerSecMax || this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(this.keeper.partitions()), nextSec * 1_000);
  }
}
