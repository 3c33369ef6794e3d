import { DeliverPolicy, jetstream, type ConsumerMessages } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PublicEvent, streams } from '#contracts';

/** Wait before another try when the stream is not there: whoever owns it makes it anew. */
const againMs = 2_000;
/** Messages fetched ahead: each is up to 512 KiB. */
const aheadMax = 20;

/** Public events as they come, from now on. What was missed while NATS was away is not made up for. */
export class EventFeed {
  private messages: ConsumerMessages | null = null;
  private stopped = false;

  constructor(
    private readonly connection: NatsConnection,
    private readonly handlers: { onEvents: (events: PublicEvent[]) => void; onFault: (fault: Error) => void },
  ) {}

  /** Returns when stop() was called. */
  async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.follow();
      } catch (fault) {
        if (!this.stopped) this.handlers.onFault(fault as Error);
      }
      if (!this.stopped) await sleep(againMs, undefined, { ref: false });
    }
  }

  stop(): void {
    this.stopped = true;
    this.messages?.stop();
  }

  private async follow(): Promise<void> {
    const consumer = await jetstream(this.connection).consumers.get(streams.event, {
      deliver_policy: DeliverPolicy.New,
    });
    this.messages = await consumer.consume({ max_messages: aheadMax });
    for await (const message of this.messages) this.handlers.onEvents(message.json<PublicEvent[]>());
  }
}
