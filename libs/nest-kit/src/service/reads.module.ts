import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { type Database, GuardedReads } from '#adapter-postgres';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';
import { FREE_DATABASE, FreeDatabaseModule } from './database.module.js';

/** Injects the GuardedReads that whatever is told of workflows to people goes by. */
export const READS = Symbol('GuardedReads');

/** Opened when the first is needed: never where everybody sees every space. */
const connectionsMax = 6;

const logger = new Logger('postgres');

async function guardedReads(all: Database, { databaseUrl: url, service }: Configuration): Promise<GuardedReads> {
  const reads = await GuardedReads.behind(all, { url, name: `sluice-${service}-reader`, connectionsMax });
  if (!reads.isGuarded)
    logger.warn(
      'row-level security does not guard reads: role sluice_reader is not there, or not ours. `migrate` says more',
    );
  return reads;
}

@Module({
  imports: [FreeDatabaseModule],
  providers: [{ provide: READS, inject: [FREE_DATABASE, CONFIGURATION], useFactory: guardedReads }],
  exports: [READS],
})
export class ReadsModule implements OnApplicationShutdown {
  constructor(@Inject(READS) private readonly reads: GuardedReads) {}

  async onApplicationShutdown(): Promise<void> {
    await this.reads.close();
  }
}
