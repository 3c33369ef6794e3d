import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ensurePartitions, type CommandPorts } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { COMMAND_PORTS } from './stores.js';

/** The next range of the large tables is looked after this often, in milliseconds. */
const sweepMs = 60_000;

/** Keeps the next range of the partitioned tables made ahead. */
@Injectable()
export class TableRanges implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('table-ranges');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(COMMAND_PORTS) private readonly ports: CommandPorts,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.ensure();
    this.timer = setInterval(() => void this.ensure(), sweepMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async ensure(): Promise<void> {
    try {
      await ensurePartitions(this.ports.seal, this.configuration.rangeJobs);
    } catch (fault) {
      this.logger.warn('the next table range is not made yet', {
        cause: fault instanceof Error ? fault.message : fault,
      });
    }
  }
}
