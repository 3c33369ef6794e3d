import { Module } from '@nestjs/common';
import { BatchTransport, StreamPublisher, type NatsConnection } from '#adapter-nats';
import {
  PartitionClaims,
  PostgresDeadLetterStore,
  PostgresDocumentStore,
  PostgresFailureStore,
  PostgresInHandStore,
  PostgresKeepStore,
  PostgresOutboxStore,
  PostgresReadStore,
  PostgresSealStore,
  PostgresSettleStore,
  PostgresTransitionStore,
  PostgresUploadStore,
  type Database,
} from '#adapter-postgres';
import { settleConsumer, streams, subjects } from '#contracts';
import type { ArchivePorts, CommandPorts, EventBus, TransitionStore } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { FREE_DATABASE, FreeDatabaseModule, HOT_DATABASE, HotDatabaseModule } from '../service/database.module.js';
import { NATS, NatsModule } from '../service/nats.module.js';
import { AbandonedUploads } from './abandoned-uploads.js';
import { ArchiveFiles } from './archive-files.js';
import { CommandController } from './command.controller.js';
import { DeadlineWatch } from './deadline-watch.js';
import { EventRelay } from './event-relay.js';
import { HeldController } from './held.controller.js';
import { HeldTimer } from './held-timer.js';
import { Hints } from './hints.js';
import { HouseKeeping } from './house-keeping.js';
import { PartitionKeeper } from './partition-keeper.js';
import { ReportCounts } from './report-counts.js';
import { SettleController } from './settle.controller.js';
import { TableRanges } from './table-ranges.js';
import {
  ARCHIVE_PORTS,
  COMMAND_PORTS,
  DEAD_LETTERS,
  EVENT_BUS,
  IN_HAND,
  OUTBOX_STORE,
  SETTLE_STORE,
  TRANSITION_STORE,
} from './stores.js';

/** The transformer: keeps the DAGs of the partitions it owns. */
@Module({
  imports: [FreeDatabaseModule, HotDatabaseModule, NatsModule],
  controllers: [SettleController, CommandController, HeldController],
  providers: [
    AbandonedUploads,
    DeadlineWatch,
    Hints,
    EventRelay,
    HeldTimer,
    HouseKeeping,
    PartitionKeeper,
    ReportCounts,
    TableRanges,
    store(SETTLE_STORE, PostgresSettleStore),
    store(TRANSITION_STORE, PostgresTransitionStore),
    store(OUTBOX_STORE, PostgresOutboxStore),
    store(DEAD_LETTERS, PostgresDeadLetterStore),
    store(IN_HAND, PostgresInHandStore),
    store(PartitionClaims, PartitionClaims),
    {
      provide: COMMAND_PORTS,
      inject: [HOT_DATABASE, TRANSITION_STORE, CONFIGURATION],
      useFactory: (database: Database, transitions: TransitionStore, { limits }: Configuration): CommandPorts => ({
        transitions,
        seal: { seals: new PostgresSealStore(database), uploads: new PostgresUploadStore(database), limits },
      }),
    },
    {
      provide: ARCHIVE_PORTS,
      inject: [FREE_DATABASE, CONFIGURATION],
      useFactory: (database: Database, { archive }: Configuration): ArchivePorts => ({
        keeps: new PostgresKeepStore(database),
        documents: new PostgresDocumentStore(database),
        failures: new PostgresFailureStore(database),
        reads: new PostgresReadStore(database),
        folder: archive && archive.place !== null ? new ArchiveFiles(archive.place) : null,
      }),
    },
    {
      provide: EVENT_BUS,
      inject: [NATS],
      useFactory: (nats: NatsConnection): EventBus => {
        const publisher = new StreamPublisher(nats);
        return {
          publish: (partition, body) => publisher.publish(subjects.event(partition), Buffer.from(body)),
        };
      },
    },
    {
      provide: BatchTransport,
      inject: [NATS, CONFIGURATION],
      useFactory: (nats: NatsConnection, { eventMib }: Configuration) =>
        new BatchTransport(nats, { stream: streams.terminal, durableOf: settleConsumer, replicas: 1, eventMib }),
    },
  ],
})
export class TransformerModule {}

function store(provide: symbol | typeof PartitionClaims, make: new (database: Database) => unknown) {
  return { provide, inject: [HOT_DATABASE], useFactory: (database: Database) => new make(database) };
}
