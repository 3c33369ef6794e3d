import type { RetryRequest, WorkflowState } from '#contracts';

/** What became of a retry, as the partition's owner left it. */
export type RetryResult =
  { runNo: number; retried: number; unpruned: number } | { refused: 'not-ended' | 'nothing-matched' };

/** Orders to the owners of partitions: rows that are handled once, in order. */
export interface OrderStore {
  /**
   * @returns the workflow's state, and its partition if this call ordered the cancel (else it was ordered before, or the
   *   workflow has ended); null for an unknown workflow.
   */
  requestCancel(workflowNo: string): Promise<{ state: WorkflowState; partition: number; ordered: boolean } | null>;
  requestRetry(workflowNo: string, request: RetryRequest): Promise<{ order: string; partition: number } | null>;
  /** @returns null while it is not done. */
  retryResult(order: string): Promise<RetryResult | null>;
}
