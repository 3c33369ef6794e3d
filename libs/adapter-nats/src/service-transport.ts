import { ServerNats } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';

/**
 * Nest's NATS transport on the connection that the process has anyway: core NATS, at most once, so only for hints and for
 * request and reply. Handlers name their queue group: `@MessagePattern(subject, Transport.NATS, { queue: 'broker' })`.
 */
export class ServiceTransport extends ServerNats {
  constructor(private readonly connection: NatsConnection) {
    super({});
  }

  override createNatsClient(): Promise<NatsConnection> {
    return Promise.resolve(this.connection);
  }

  /** The connection outlives this server: other rooms drain over it. It is closed last, by whom opened it. */
  override close(): Promise<void> {
    this.statusEventEmitter.removeAllListeners();
    return Promise.resolve();
  }
}
