import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  checkServer,
  checkSync,
  connectNats,
  type NatsConnection,
  ServiceClient,
  ServiceTransport,
  watchRefusals,
} from '#adapter-nats';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';

/** Injects the process's one NatsConnection. */
export const NATS = Symbol('NatsConnection');

const unreadSync =
  "whether nats-server has `sync_interval: always` can't be told; without it a power cut loses messages";

const refusedNow =
  'NATS refuses this service, which it let in before: nothing moves until its user and password are valid again, or the service is started with others (NATS_URL)';

/** The connection to NATS and Nest's transport on it, shared by all modules of the process. */
@Module({
  providers: [
    {
      provide: NATS,
      inject: [CONFIGURATION],
      useFactory: async ({ natsUrl, natsMonitorUrl, service }: Configuration): Promise<NatsConnection> => {
        const connection = await connectNats({ natsUrl, name: `sluice-${service}` });
        checkServer(connection);
        const unread = await checkSync(natsMonitorUrl);
        if (unread !== null) new Logger('nats').warn(unreadSync, { cause: unread });
        return connection;
      },
    },
    { provide: ServiceTransport, inject: [NATS], useFactory: (nats: NatsConnection) => new ServiceTransport(nats) },
    { provide: ServiceClient, inject: [NATS], useFactory: (nats: NatsConnection) => new ServiceClient(nats) },
  ],
  exports: [NATS, ServiceTransport, ServiceClient],
})
export class NatsModule implements OnApplicationShutdown {
  private readonly logger = new Logger('nats');
  private closing = false;

  constructor(@Inject(NATS) private readonly nats: NatsConnection) {
    void this.watch();
    void watchRefusals(nats, {
      refused: (cause) => this.logger.error(refusedNow, { cause: cause.message }),
      admitted: () => this.logger.log('NATS takes this service again'),
      nowMs: () => performance.now(),
    });
  }

  /** Every module has drained by now; what they published goes out before the connection closes. */
  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    await this.nats.drain().catch(() => undefined); // a lost connection has nothing left to send
  }

  /** A connection that is closed for good would leave a process that idles for ever: crash, and be started again. */
  private async watch(): Promise<void> {
    const cause = await this.nats.closed();
    if (this.closing) return;
    this.logger.fatal('the connection to NATS is closed for good', cause ?? {});
    process.exit(1);
  }
}
