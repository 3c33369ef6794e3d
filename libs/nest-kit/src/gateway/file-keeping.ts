import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type FilePorts, type LogPorts, removeOldLogs, removeOverdue } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { FILE_PORTS, LOG_PORTS } from './stores.js';

const lookMs = 60_000;

/** Clears away what uploads and removals left behind whose gateway died, and full logs of archived workflows. */
@Injectable()
export class FileKeeping implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('files');
  private timer: NodeJS.Timeout | null = null;
  private looking = false;

  constructor(
    @Inject(FILE_PORTS) private readonly ports: FilePorts | null,
    @Inject(LOG_PORTS) private readonly logs: LogPorts | null,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  onModuleInit(): void {
    if (this.ports === null) return;
    this.timer = setInterval(() => void this.look(), lookMs / this.configuration.clockScale).unref();
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking || this.ports === null || this.logs === null) return;
    this.looking = true;
    try {
      const removed = await removeOverdue(this.ports);
      const logs = await removeOldLogs(this.logs);
      if (removed + logs > 0) this.logger.log('files.cleared', { overdue: removed, logs });
    } catch (fault) {
      this.logger.warn('files.not-cleared', { cause: (fault as Error).message });
    } finally {
      this.looking = false;
    }
  }
}
