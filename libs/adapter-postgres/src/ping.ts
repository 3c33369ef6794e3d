import type { Database } from './database.js';
import { readNothing } from './generated/queries.js';

/** @throws StoreUnavailable when PostgreSQL does not answer */
export async function ping(database: Database): Promise<void> {
  await database.run(readNothing);
}
