import { Module } from '@nestjs/common';
import { type Database, PostgresReadStore } from '#adapter-postgres';
import { FREE_DATABASE, FreeDatabaseModule } from '../service/database.module.js';
import { NatsModule } from '../service/nats.module.js';
import { EventWatch } from './event-watch.js';
import { MONITOR_READ_STORE } from './monitor-read-store.js';
import { MonitorController } from './monitor.controller.js';

/** The read side: counts, rates and gaps of workflows. Writes no job state. */
@Module({
  imports: [FreeDatabaseModule, NatsModule],
  controllers: [MonitorController],
  providers: [
    EventWatch,
    {
      provide: MONITOR_READ_STORE,
      inject: [FREE_DATABASE],
      useFactory: (database: Database) => new PostgresReadStore(database),
    },
  ],
})
export class MonitorModule {}
