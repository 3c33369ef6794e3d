import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { partitionCount } from '#contracts';
import { archiveWorkflow, type ArchivePorts, dropRanges, pruneRows } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { PartitionKeeper } from './partition-keeper.js';
import { ARCHIVE_PORTS } from './stores.js';

/** What ended is looked for so often at most, in milliseconds. */
const sweepMsMax = 600_000;
/** Part of the time that something is kept: it may stay longer by so much. */
const sweepsInKeepTime = 10;
const dayMs = 86_400_000;
/** Workflows looked up at once. */
const dueRows = 100;
const allPartitions = Array.from({ length: partitionCount }, (_, partition) => partition);

/** Archives ended workflows of owned partitions, drops the tables that this leaves empty, and removes old rows. */
@Injectable()
export class HouseKeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('house-keeping');
  private timer: NodeJS.Timeout | undefined;
  private busy = false;
  private stopping = false;

  constructor(
    @Inject(ARCHIVE_PORTS) private readonly ports: ArchivePorts,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keeper: PartitionKeeper,
  ) {}

  onApplicationBootstrap(): void {
    const { archive, eventKeepDays } = this.configuration;
    const keepMs = Math.min(eventKeepDays, archive?.afterDays ?? eventKeepDays) * dayMs;
    this.timer = setInterval(() => void this.sweep(), Math.min(sweepMsMax, keepMs / sweepsInKeepTime));
  }

  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await this.archive();
      // One process is enough for what belongs to all: the owner of the first partition.
      if (this.keeper.owns(0)) await this.tidy();
    } catch (fault) {
      this.logger.warn('what has ended stays for now', { cause: fault instanceof Error ? fault.message : fault });
    } finally {
      this.busy = false;
    }
  }

  private async archive(): Promise<void> {
    const { archive } = this.configuration;
    if (archive === null) return;
    const partitions = allPartitions.filter((partition) => this.keeper.owns(partition));
    const due = await this.ports.keeps.due({ partitions, days: archive.afterDays, rows: dueRows });
    const outcomes: Record<string, number> = {};
    for (const workflow of due) {
      if (this.stopping) break;
      const outcome = await archiveWorkflow(this.ports, workflow);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    if (due.length > 0) this.logger.log('ended workflows archived', { ...outcomes, place: archive.place });
  }

  private async tidy(): Promise<void> {
    const dropped = await dropRanges(this.ports.keeps);
    if (dropped.ranges.length + dropped.tables.length + dropped.postponed.length > 0)
      this.logger.log('table ranges dropped', { ...dropped });
    const pruned = await pruneRows(this.ports.keeps, this.configuration.eventKeepDays);
    if (Object.values(pruned).some((rows) => rows > 0)) this.logger.log('old rows removed', pruned);
  }
}
