import { partitionOf, type RetryRequest, type WorkflowState } from '#contracts';
import type { OrderStore, RetryResult } from '#engine';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';
import { partitionLock } from './partition-lock.js';

/** Orders as rows of workflow_command. */
export class PostgresOrderStore implements OrderStore {
  constructor(private readonly database: Database) {}

  async requestCancel(
    workflowNo: string,
  ): Promise<{ state: WorkflowState; partition: number; ordered: boolean } | null> {
    type Asked = [WorkflowState, number, boolean];
    const work = async (tx: Transaction): Promise<Asked | undefined> => {
      const [row] = await tx.run<Asked>(queries.commandRequestCancel, [workflowNo]);
      if (row?.[2]) {
        await tx.run(queries.cancelUnhold, [workflowNo]);
        await tx.run(queries.cancelUnready, [workflowNo]);
      }
      return row;
    };
    const asked = await this.database.transaction('request cancel', work, partitionLock(partitionOf(workflowNo)));
    return asked ? { state: asked[0], partition: asked[1], ordered: asked[2] } : null;
  }

  async requestRetry(workflowNo: string, request: RetryRequest): Promise<{ order: string; partition: number } | null> {
    const params = [workflowNo, JSON.stringify(request)];
    const [row] = await this.database.run<[string, number]>(queries.commandRequestRetry, params);
    return row ? { order: row[0], partition: row[1] } : null;
  }

  async retryResult(order: string): Promise<RetryResult | null> {
    const [row] = await this.database.run<[RetryResult]>(queries.commandResult, [order]);
    return row?.[0] ?? null;
  }
}
