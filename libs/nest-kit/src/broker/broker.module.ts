import { randomUUID } from 'node:crypto';
import { Logger, Module } from '@nestjs/common';
import { StreamBacklog, StreamPublisher, type NatsConnection } from '#adapter-nats';
import {
  PostgresAuditLog,
  PostgresLeaseStore,
  PostgresSessionStore,
  PostgresShareStore,
  PostgresSiteStore,
  PostgresWaitStore,
  type Database,
} from '#adapter-postgres';
import { subjects, type TerminalMessage } from '#contracts';
import { LeaseDesk, SessionDesk, ShareDesk, termsAt, WaitRecorder, type SessionStore, type TerminalBus } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { HOT_DATABASE, HotDatabaseModule } from '../service/database.module.js';
import { NATS, NatsModule } from '../service/nats.module.js';
import { LeaseController } from './lease.controller.js';
import { BROKER_AUDIT_LOG, BROKER_SITE_STORE, SitesFileAtStart } from './sites-file.js';
import { SESSION_STORE, SessionController } from './session.controller.js';
import { WaitWatch } from './wait-watch.js';

const nowMs = (): number => Date.now();

/** The broker: leases ready jobs to workers, and finds lost ones. */
@Module({
  imports: [HotDatabaseModule, NatsModule],
  controllers: [LeaseController, SessionController],
  providers: [
    {
      provide: SESSION_STORE,
      inject: [HOT_DATABASE],
      useFactory: (database: Database) => new PostgresSessionStore(database),
    },
    {
      provide: BROKER_SITE_STORE,
      inject: [HOT_DATABASE],
      useFactory: (database: Database) => new PostgresSiteStore(database),
    },
    {
      provide: BROKER_AUDIT_LOG,
      inject: [HOT_DATABASE],
      useFactory: (database: Database) => new PostgresAuditLog(database),
    },
    SitesFileAtStart,
    {
      provide: WaitRecorder,
      inject: [HOT_DATABASE],
      useFactory: (database: Database) =>
        new WaitRecorder({ store: new PostgresWaitStore(database), books: new PostgresShareStore(database), nowMs }),
    },
    WaitWatch,
    {
      provide: LeaseDesk,
      inject: [HOT_DATABASE],
      useFactory: (database: Database) =>
        new LeaseDesk({
          store: new PostgresLeaseStore(database),
          shares: new ShareDesk({
            store: new PostgresShareStore(database),
            nowMs,
            onFault: (fault) =>
              new Logger('share').warn('shares are not read: served as they were', { cause: String(fault) }),
          }),
          newToken: () => randomUUID().replaceAll('-', ''), // Node draws its random bits in bulk
          nowMs,
          onBadTask: ({ workflowNo, task }, cause) =>
            new Logger('lease').error(
              `task ${task} of workflow ${workflowNo} has no valid template: it is left out`,
              cause,
            ),
        }),
    },
    {
      provide: SessionDesk,
      inject: [CONFIGURATION, SESSION_STORE, NATS],
      useFactory: ({ clockScale }: Configuration, store: SessionStore, nats: NatsConnection) => {
        const terms = termsAt(clockScale);
        return new SessionDesk({ store, bus: terminalBus(nats), terms, newBatchId: randomUUID, nowMs });
      },
    },
  ],
})
export class BrokerModule {}

/** Lost attempts end like any other: through stream TERMINAL. Nobody waits for these verdicts. */
function terminalBus(nats: NatsConnection): TerminalBus {
  const publisher = new StreamPublisher(nats);
  const backlog = new StreamBacklog(nats);
  return {
    oldestUnsettledSec: () => backlog.oldestSec(),
    publish: (partition, batches) => {
      const message: TerminalMessage = { gateway: '', batches };
      return publisher.publish(subjects.terminal(partition), Buffer.from(JSON.stringify(message)));
    },
  };
}
