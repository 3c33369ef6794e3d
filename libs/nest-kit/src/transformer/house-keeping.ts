import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { partitionCount } from '#contracts';
import { archiveWorkflow, type ArchivePorts, dropRanges, type EndedWorkflow, pruneAudit, pruneRows } from '#engine';
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
  /** Orders that can't be carried out are told once. */
  private complained = false;
  private stopping = false;

  constructor(
    @Inject(ARCHIVE_PORTS) private readonly ports: ArchivePorts,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keeper: PartitionKeeper,
  ) {
    keeper.onSweep((partitions) => this.alone(() => this.carryOut(partitions)));
  }

  onApplicationBootstrap(): void {
    const { archive, eventKeepDays } = this.configuration;
    const keepMs = Math.min(eventKeepDays, archive?.afterDays ?? eventKeepDays) * dayMs;
    this.timer = setInterval(
      () => void this.alone(() => this.sweep()),
      Math.min(sweepMsMax, keepMs / sweepsInKeepTime),
    );
  }

  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.timer);
  }

  /** One after the other: what comes meanwhile is looked for with the next sweep. */
  private async alone(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await work();
    } catch (fault) {
      this.logger.warn('what has ended stays for now', { cause: fault instanceof Error ? fault.message : fault });
    } finally {
      this.busy = false;
    }
  }

  private async sweep(): Promise<void> {
    const { archive } = this.configuration;
    const partitions = allPartitions.filter((partition) => this.keeper.owns(partition));
    if (archive !== null && archive.afterDays !== null)
      await this.archive(await this.ports.keeps.due({ partitions, days: archive.afterDays, rows: dueRows }));
    // One process is enough for what belongs to all: the owner of the first partition.
    if (this.keeper.owns(0)) await this.tidy();
  }

  /** What operators ordered. */
  private async carryOut(partitions: number[]): Promise<void> {
    const ordered = await this.ports.keeps.ordered({ partitions, rows: dueRows });
    if (ordered.length === 0) return;
    if (this.configuration.archive !== null) return this.archive(ordered);
    if (!this.complained) this.logger.warn('archiving was ordered, and SLUICE_ARCHIVE_DIR says nowhere to put files');
    this.complained = true;
  }

  private async archive(workflows: readonly EndedWorkflow[]): Promise<void> {
    const outcomes: Record<string, number> = {};
    for (const workflow of workflows) {
      if (this.stopping) break;
      const outcome = await archiveWorkflow(this.ports, workflow);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    if (workflows.length > 0)
      this.logger.log('ended workflows archived', { ...outcomes, place: this.configuration.archive?.place });
  }

  private async tidy(): Promise<void> {
    const dropped = await dropRanges(this.ports.keeps);
    if (dropped.ranges.length + dropped.tables.length + dropped.postponed.length > 0)
      this.logger.log('table ranges dropped', { ...dropped });
    const pruned = await pruneRows(this.ports.keeps, this.configuration.eventKeepDays);
    if (Object.values(pruned).some((rows) => rows > 0)) this.logger.log('old rows removed', pruned);
    const { auditKeepDays } = this.configuration;
    const forgotten = auditKeepDays === null ? 0 : await pruneAudit(this.ports.keeps, auditKeepDays);
    if (forgotten > 0) this.logger.log('audit.forgotten', { orders: forgotten, keepDays: auditKeepDays });
  }
}
