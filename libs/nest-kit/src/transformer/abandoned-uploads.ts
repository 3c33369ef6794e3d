import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { partitionCount } from '#contracts';
import { removeAbandoned, type CommandPorts } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { PartitionKeeper } from './partition-keeper.js';
import { COMMAND_PORTS } from './stores.js';

/** Abandoned uploads are looked for so often at most, in milliseconds. */
const sweepMsMax = 60_000;
/** Part of the time that an upload is kept: it may stay longer by so much. */
const sweepsInKeepTime = 4;
const hourMs = 3_600_000;
const allPartitions = Array.from({ length: partitionCount }, (_, partition) => partition);

/** Removes uploads of owned partitions that nobody goes on with. */
@Injectable()
export class AbandonedUploads implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('abandoned-uploads');
  private timer: NodeJS.Timeout | undefined;
  private busy = false;

  constructor(
    @Inject(COMMAND_PORTS) private readonly ports: CommandPorts,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keeper: PartitionKeeper,
  ) {}

  onApplicationBootstrap(): void {
    const keepMs = this.configuration.uploadKeepHours * hourMs;
    this.timer = setInterval(() => void this.sweep(), Math.min(sweepMsMax, keepMs / sweepsInKeepTime));
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const partitions = allPartitions.filter((partition) => this.keeper.owns(partition));
      const { uploadKeepHours: keepHours } = this.configuration;
      const removed = await removeAbandoned(this.ports.seal, { partitions, keepHours });
      if (removed > 0) this.logger.log('abandoned uploads removed', { removed, keepHours });
    } catch (fault) {
      this.logger.warn('abandoned uploads stay for now', { cause: fault instanceof Error ? fault.message : fault });
    } finally {
      this.busy = false;
    }
  }
}
