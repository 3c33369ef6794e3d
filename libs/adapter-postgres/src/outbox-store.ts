import type { PublicEvent } from '#contracts';
import type { OutboxRow, OutboxStore } from '#engine';
import { numbers } from './array-literal.js';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** The outbox in PostgreSQL: the statements of sql/queries/outbox. */
export class PostgresOutboxStore implements OutboxStore {
  constructor(private readonly database: Database) {}

  async unconfirmed(partitions: number[], rowsMax: number): Promise<OutboxRow[]> {
    const rows = await this.database.run<[number, string, string, number, PublicEvent['type'], string, string]>(
      queries.outboxRead,
      [numbers(partitions), rowsMax],
    );
    return rows.map(([partition, seq, workflow, runNo, type, body, at]) => {
      return { partition, seq, workflow, runNo, type, body, at };
    });
  }

  async confirm(rows: OutboxRow[]): Promise<void> {
    await this.database.run(queries.outboxConfirm, [
      numbers(rows.map((row) => row.partition)),
      numbers(rows.map((row) => row.seq)),
    ]);
  }
}
