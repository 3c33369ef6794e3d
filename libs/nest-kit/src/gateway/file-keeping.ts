import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type FilePorts, removeOverdue } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { FILE_PORTS } from './stores.js';

const lookMs = 60_000;

/** Clears away what uploads and removals left behind whose gateway died. */
@Injectable()
export class FileKeeping implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('files');
  private timer: NodeJS.Timeout | null = null;
  private looking = false;

  constructor(
    @Inject(FILE_PORTS) private readonly ports: FilePorts | null,
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
    if (this.looking || this.ports === null) return;
    this.looking = true;
    try {
      const removed = await removeOverdue(this.ports);
      if (removed > 0) this.logger.log('files.cleared', { overdue: removed });
    } catch (fault) {
      this.logger.warn('files.not-cleared', { cause: (fault as Error).message });
    } finally {
      this.looking = false;
    }
  }
}
