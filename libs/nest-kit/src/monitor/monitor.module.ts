import { Module } from '@nestjs/common';
import { type GuardedReads, PostgresReadStore } from '#adapter-postgres';
import { FreeDatabaseModule } from '../service/database.module.js';
import { NatsModule } from '../service/nats.module.js';
import { READS, ReadsModule } from '../service/reads.module.js';
import { EventWatch } from './event-watch.js';
import { MONITOR_READ_STORE } from './monitor-read-store.js';
import { MonitorController } from './monitor.controller.js';

/** The read side: counts, rates and gaps of workflows. Writes no job state. */
@Module({
  imports: [FreeDatabaseModule, ReadsModule, NatsModule],
  controllers: [MonitorController],
  providers: [
    EventWatch,
    {
      provide: MONITOR_READ_STORE,
      inject: [READS],
      useFactory: (reads: GuardedReads) => new PostgresReadStore(reads),
    },
  ],
})
export class MonitorModule {}
