import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { BatchTransport, StreamUnavailable } from '#adapter-nats';
import { relayEvents, relayRowsMax, type EventBus, type OutboxStore } from '#engine';
import { EVENT_BUS, OUTBOX_STORE } from './stores.js';

/** Wait after a fault before the outbox is tried again. */
const pauseMs = 1_000;
/** Events of so long go together: what settles next should not wait for the telling of what settled before. */
const gatherMs = 20;

/** Moves the outbox of owned partitions to stream EVENT: when woken, and in a slow sweep. One step at a time. */
@Injectable()
export class EventRelay {
  private readonly logger = new Logger('relay');
  private readonly dirty = new Set<number>();
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    @Inject(OUTBOX_STORE) private readonly store: OutboxStore,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
    private readonly transport: BatchTransport,
  ) {}

  /** There is something to tell in this partition. */
  wake(partition: number): void {
    this.dirty.add(partition);
    if (this.running || this.stopped) return;
    this.running = this.run().finally(() => {
      this.running = null;
      if (this.dirty.size > 0 && !this.stopped) this.wake([...this.dirty][0] ?? partition);
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.dirty.size > 0 && !this.stopped) {
      await sleep(gatherMs);
      const partitions = [...this.dirty];
      this.dirty.clear();
      try {
        const told = await relayEvents(this.store, this.bus, partitions);
        if (told >= relayRowsMax) for (const partition of partitions) this.dirty.add(partition);
      } catch (fault) {
        for (const partition of partitions) this.dirty.add(partition);
        this.logger.warn('events wait in the outbox', { cause: fault instanceof Error ? fault.message : fault });
        if (fault instanceof StreamUnavailable) await this.transport.repair();
        await sleep(pauseMs);
      }
    }
  }
}
