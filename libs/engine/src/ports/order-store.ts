import type { RetryOrder } from '#contracts';
import type { ResizedJobs, RetryTouch } from './transition-store.js';
import type { QueuedOver } from './upload-store.js';

/** `over`: a quota has no room for the jobs that would be open again. */
export type RetryRefused = { refused: 'not-ended' | 'nothing-matched' } | { refused: 'over'; over: QueuedOver };

/** What became of a retry, as the partition's owner left it. */
export type RetryResult = ({ runNo: number; resized?: ResizedJobs[] } & RetryTouch) | RetryRefused;

/** Orders to the owners of partitions: rows that are handled once, in order. */
export interface OrderStore {
  /** @param key of the order: the same again is the same order, `same` says whether it was ordered so. Null: another order. */
  requestRetry(
    workflowNo: string,
    order: RetryOrder,
    key?: string | null,
  ): Promise<{ order: string; partition: number; same: boolean } | null>;
  /** @returns null while it is not done. */
  retryResult(order: string): Promise<RetryResult | null>;
}
