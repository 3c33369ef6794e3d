import type { RetryRequest } from '#contracts';
import type { RetryResult } from '../ports/order-store.js';
import type { OrderPorts } from './request-cancel.js';

export interface RetryPorts extends OrderPorts {
  sleep: (ms: number) => Promise<void>;
}

/** Longest wait for the owner of the partition to carry a retry out. */
const retryMsMax = 30_000;
const pollMs = { first: 50, last: 500 } as const;

/** `pending`: ordered and not carried out yet; the order stands. */
export type RetryOutcome = { kind: 'done'; result: RetryResult } | { kind: 'pending' } | { kind: 'unknown' };

/** Runs failed jobs of an ended workflow again: orders it, and waits until it is done. */
export async function requestRetry(
  ports: RetryPorts,
  retry: { workflowNo: string; request: RetryRequest },
): Promise<RetryOutcome> {
  const ordered = await ports.orders.requestRetry(retry.workflowNo, retry.request);
  if (!ordered) return { kind: 'unknown' };
  ports.hintCommand(ordered.partition);
  let waitMs: number = pollMs.first;
  for (let waitedMs = 0; waitedMs < retryMsMax; waitMs = Math.min(waitMs * 2, pollMs.last)) {
    await ports.sleep(waitMs);
    waitedMs += waitMs;
    const result = await ports.orders.retryResult(ordered.order);
    if (result) return { kind: 'done', result };
  }
  return { kind: 'pending' };
}
