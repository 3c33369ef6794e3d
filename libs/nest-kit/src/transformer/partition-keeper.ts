import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BatchTransport } from '#adapter-nats';
import { PartitionClaims } from '#adapter-postgres';
import { EventRelay } from './event-relay.js';
import { HeldTimer } from './held-timer.js';

/** Ownership is looked at this often, in milliseconds: a dead transformer's partitions are taken over by then. */
const balanceMs = 2_000;
/** Owned partitions are searched for work whose hint was lost every so many looks. */
const looksPerSweep = 5;

/** Keeps the partitions that this process owns: opens their streams, gives up what is over its fair part. */
@Injectable()
export class PartitionKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('partitions');
  private readonly sweeps: ((partitions: number[]) => Promise<void>)[] = [];
  private owned = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;
  private stopped = false;

  constructor(
    private readonly claims: PartitionClaims,
    private readonly transport: BatchTransport,
    private readonly relay: EventRelay,
    private readonly held: HeldTimer,
  ) {}

  owns(partition: number): boolean {
    return this.owned.has(partition);
  }

  /** Those that are owned now. */
  partitions(): number[] {
    return [...this.owned];
  }

  /** Called with partitions just gained, and with all owned ones now and then. */
  onSweep(sweep: (partitions: number[]) => Promise<void>): void {
    this.sweeps.push(sweep);
  }

  /** @throws NatsUnsuitable when the server can't keep our streams: the process does not start. */
  async onApplicationBootstrap(): Promise<void> {
    await this.transport.prepare();
    this.held.arm(0);
    await this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await Promise.all([...this.owned].map((partition) => this.transport.shut(partition)));
    await this.relay.stop();
    await this.claims.close();
  }

  private async look(): Promise<void> {
    try {
      const { owned, surplus } = await this.claims.balance();
      if (this.stopped) return await this.claims.close(); // asked before the process began to end: opens nothing any more
      const gained = owned.filter((partition) => !this.owned.has(partition));
      await this.close([...this.owned].filter((partition) => !owned.includes(partition)));
      this.owned = new Set(owned);
      for (const partition of gained) this.transport.open(partition);
      if (gained.length > 0) this.logger.log('partitions gained', { gained: gained.length, owned: owned.length });
      if (surplus.length > 0) await this.give(surplus);
      this.sweep(gained);
    } catch (fault) {
      this.logger.warn('ownership of partitions is unclear', { cause: fault instanceof Error ? fault.message : fault });
      await this.close([...this.owned]);
      this.owned = new Set();
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), balanceMs);
  }

  private async give(surplus: number[]): Promise<void> {
    for (const partition of surplus) this.owned.delete(partition);
    await this.close(surplus);
    await this.claims.give(surplus);
    this.logger.log('partitions given to others', { given: surplus.length });
  }

  private async close(partitions: number[]): Promise<void> {
    await Promise.all(partitions.map((partition) => this.transport.shut(partition)));
  }

  private sweep(gained: number[]): void {
    this.looks += 1;
    const partitions = this.looks % looksPerSweep === 0 ? [...this.owned] : gained;
    if (partitions.length === 0) return;
    for (const partition of partitions) this.relay.wake(partition);
    for (const sweep of this.sweeps) void sweep(partitions);
  }
}
