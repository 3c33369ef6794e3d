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

  constructor(@Inject(NATS) nats: NatsConnection) {
    this.feed = new EventFeed(nats, {
      onEvents: (events) => this.take(events),
      onFault: (fault) => this.logger.warn('stream EVENT cannot be followed, trying on', { cause: fault.message }),
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

  private take(events: readonly PublicEvent[]): void {
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
