import type { RetryOrder } from '#contracts';
import type { OrderStore, RetryResult } from '#engine';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';

/** Orders as rows of workflow_command. */
export class PostgresOrderStore implements OrderStore {
  constructor(private readonly database: Database) {}

  async requestRetry(
    workflowNo: string,
    order: RetryOrder,
    key: string | null = null,
  ): Promise<{ order: string; partition: number; same: boolean } | null> {
    const params = [workflowNo, JSON.stringify(order), key];
    const [row] = await this.database.run<[string, number, boolean]>(queries.commandRequestRetry, params);
    return row ? { order: row[0], partition: row[1], same: row[2] } : null;
  }

  async retryResult(order: string): Promise<RetryResult | null> {
    const [row] = await this.database.run<[RetryResult]>(queries.commandResult, [order]);
    return row?.[0] ?? null;
  }
}
