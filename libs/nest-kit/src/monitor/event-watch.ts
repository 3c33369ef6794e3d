import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { EventFeed, type NatsConnection } from '#adapter-nats';
import type { JobsEnded, PublicEvent } from '#contracts';
import { EndedRates } from '#engine';
import { NATS } from '../service/nats.module.js';

/** Follows stream EVENT to know how fast each workflow ends jobs. What it missed only makes a rate unknown. */
@Injectable()
export class EventWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('event-watch');
  private readonly rates = new EndedRates();
  private readonly feed: EventFeed;
  private lastComplaint = '';

  constructor(@Inject(NATS) nats: NatsConnection) {
    this.feed = new EventFeed(nats, {
      onEvents: (events) => this.take(events),
      onFault: (fault) => this.complain(fault.message),
    });
  }

  onApplicationBootstrap(): void {
    void this.feed.run();
  }

  beforeApplicationShutdown(): void {
    this.feed.stop();
  }

  rateOf(workflow: string): number | null {
    return this.rates.rateOf(workflow, performance.now());
  }

  /** The feed tries on every 2 s: one line for each kind of fault is enough. */
  private complain(cause: string): void {
    if (cause !== this.lastComplaint) this.logger.warn('stream EVENT cannot be followed, trying on', { cause });
    this.lastComplaint = cause;
  }

  private take(events: readonly PublicEvent[]): void {
    this.lastComplaint = '';
    for (const event of events) {
      if (event.type === 'org.sluice.workflow.ended.v1') this.rates.forget(event.subject);
      if (event.type !== 'org.sluice.jobs.ended.v1') continue;
      this.rates.add(event.subject, countOf(event.data as JobsEnded), performance.now());
    }
  }
}

const countOf = ({ tasks }: JobsEnded): number =>
  tasks.reduce(
    (sum, { finished, failed }) =>
      sum + finished.length + failed.reduce((jobs, { ordinals }) => jobs + ordinals.length, 0),
    0,
  );
