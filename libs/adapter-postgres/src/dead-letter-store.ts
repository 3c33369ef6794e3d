import type { DeadLetter, DeadLetterStore } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** NUL can't be stored in text; it is shown as the symbol for it. */
const storable = (text: string): string => text.replaceAll('\0', '\u2400');

export class PostgresDeadLetterStore implements DeadLetterStore {
  constructor(private readonly database: Database) {}

  async add({ stream, partition, body, reason }: DeadLetter): Promise<void> {
    await this.database.run(queries.deadLetterAdd, [stream, partition, storable(body), storable(reason)]);
  }
}
