import type { Database } from './database.js';
import { readerGuard } from './generated/queries.js';
import { Store } from './migrations.js';

/** Any number, as long as nothing else uses it: the lock that one migrating process holds. */
const migrationLock = 7_368_696;

/**
 * Brings the schema up to date. Safe to call from many processes at once: the others wait, then find nothing to do.
 * @returns names of the migrations that ran; `created`: there was no schema before; `guarded`: role sluice_reader is there.
 */
export async function migrate(database: Database): Promise<{ ran: string[]; created: boolean; guarded: boolean }> {
  const runner = database.dataSource.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('set lock_timeout = 0; set statement_timeout = 0');
    await runner.query('select pg_advisory_lock($1)', [migrationLock]);
    const ran = await database.dataSource.runMigrations({ transaction: 'each' });
    // Each time: who may make roles may have made it since.
    const [{ guard_reads: guarded }] = (await runner.query(readerGuard.text)) as [{ guard_reads: boolean }];
    return { ran: ran.map((migration) => migration.name), created: ran.length === Store.migrations.length, guarded };
  } finally {
    await runner.query('select pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    await runner.query('reset lock_timeout; reset statement_timeout').catch(() => undefined);
    await runner.release();
  }
}
