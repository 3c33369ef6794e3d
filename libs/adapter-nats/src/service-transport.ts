import { type NatsContext, ServerNats } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription, SubscriptionOptions } from '@nats-io/transport-node';

/**
 * Nest's NATS transport on the connection that the process has anyway: core NATS, at most once, so only for hints and for
 * request and reply. Handlers name their queue group: `@MessagePattern(subject, Transport.NATS, { queue: 'broker' })`.
 */
export class ServiceTransport extends ServerNats {
  private readonly heard: Subscription[] = [];

  constructor(private readonly connection: NatsConnection) {
    super({});
  }

  override createNatsClient(): Promise<NatsConnection> {
    return Promise.resolve(this.connection);
  }

  override bindEvents(client: Pick<NatsConnection, 'subscribe'>): void {
    super.bindEvents({
      subscribe: (subject: string, options: SubscriptionOptions) => {
        const subscription = client.subscribe(subject, options);
        this.heard.push(subscription);
        return subscription;
      },
    });
  }

  /** An answer that can't be sent, being too large, is an error to who asked, and no end to this process. */
  override getPublisher(message: Msg, id: string, context: NatsContext): (answer: object) => unknown {
    const send = super.getPublisher(message, id, context) as (answer: object) => unknown;
    return (answer) => {
      try {
        return send(answer);
      } catch (cause) {
        if (this.connection.isClosed()) return false; // nobody hears it
        this.logger.error(`an answer about ${message.subject} can't be sent: ${String(cause)}`);
        return send({ id, err: 'the answer can not be sent', isDisposed: true });
      }
    };
  }

  /**
   * Hears no more, so that what comes goes to another process of the queue group. The connection outlives this server:
   * other rooms drain over it. It is closed last, by whom opened it.
   */
  override close(): Promise<void> {
    for (const subscription of this.heard.splice(0)) subscription.unsubscribe();
    this.statusEventEmitter.removeAllListeners();
    return Promise.resolve();
  }
}
