import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Database, type Planning } from '#adapter-postgres';
import { CONFIGURATION } from '../config/config.module.js';
import type { Configuration } from '../config/configuration.js';

/** Injects the Database whose statements run by index only, planned once: for settle, lease, seal. */
export const HOT_DATABASE = Symbol('Database, hot');
/** Injects the Database whose statements PostgreSQL plans as it likes: for reading and for uploads. */
export const FREE_DATABASE = Symbol('Database, free');

const connectionsMax: Record<Planning, number> = { hot: 10, free: 6 };
/** Longest wait for PostgreSQL when a process starts; a supervisor starts it again after that. */
const connectWithinMs = 30_000;
const connectEveryMs = 500;

const logger = new Logger('postgres');

async function connect(configuration: Configuration, planning: Planning): Promise<Database> {
  const until = performance.now() + connectWithinMs;
  for (;;) {
    try {
      return await Database.connect({
        url: configuration.databaseUrl,
        name: `sluice-${configuration.service}`,
        connectionsMax: connectionsMax[planning],
        planning,
      });
    } catch (cause) {
      if (!isPassing(cause) || performance.now() > until) throw cause;
      logger.warn('PostgreSQL is not there yet, trying on', { cause: (cause as Error).message });
      await sleep(connectEveryMs);
    }
  }
}

const isPassing = (cause: unknown): boolean => (cause as { retry?: unknown } | null)?.retry === true;

@Module({
  providers: [
    {
      provide: HOT_DATABASE,
      inject: [CONFIGURATION],
      useFactory: (configuration: Configuration) => connect(configuration, 'hot'),
    },
  ],
  exports: [HOT_DATABASE],
})
export class HotDatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(HOT_DATABASE) private readonly database: Database) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

@Module({
  providers: [
    {
      provide: FREE_DATABASE,
      inject: [CONFIGURATION],
      useFactory: (configuration: Configuration) => connect(configuration, 'free'),
    },
  ],
  exports: [FREE_DATABASE],
})
export class FreeDatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(FREE_DATABASE) private readonly database: Database) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
