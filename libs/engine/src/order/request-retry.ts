import { partitionOf, type RetryAnswer, type RetryOrder, type RetryRequest } from '#contracts';
import { rehearseRetry } from '../command/retry-workflow.js';
import type { RetryRefused } from '../ports/order-store.js';
import { filterOfNames } from './filter-of-names.js';
import type { RetryPorts } from './order-ports.js';

/** Longest wait for the owner of the partition to carry a retry out. */
const retryMsMax = 30_000;
const pollMs = { first: 50, last: 500 } as const;

/**
 * `pending`: ordered and not carried out yet; the order stands. `no-job`: a name that no job has. `differs`: the key ordered
 * something else.
 */
export type RetryOutcome =
  | { kind: 'done'; answer: Omit<RetryAnswer, 'workflow'> }
  | ({ kind: 'refused' } & RetryRefused)
  | { kind: 'pending' }
  | { kind: 'differs' }
  | { kind: 'unknown' }
  | { kind: 'no-job'; named: string };

/**
 * Runs failed jobs of an ended workflow again: orders it, and waits until it is done. With `dryRun` it only tells. Safe to
 * repeat with a key.
 */
export async function requestRetry(
  ports: RetryPorts,
  retry: { workflowNo: string; request: RetryRequest; key: string | null },
): Promise<RetryOutcome> {
  const { memory, dryRun = false, ...conditions } = retry.request;
  const named = await filterOfNames(ports.jobs, retry.workflowNo, conditions);
  if ('missing' in named) return { kind: 'no-job', named: named.missing };
  const order = { ...named.filter, ...(memory && { memory }) };
  const result = dryRun
    ? await rehearseRetry(ports.transitions, retry.workflowNo, order)
    : await carriedOut(ports, { ...retry, order });
  if ('kind' in result) return result;
  return 'refused' in result ? { kind: 'refused', ...result } : { kind: 'done', answer: { ...result, dryRun } };
}

async function carriedOut(
  ports: RetryPorts,
  { workflowNo, order, key }: { workflowNo: string; order: RetryOrder; key: string | null },
) {
  const ordered = await ports.orders.requestRetry(workflowNo, order, key);
  if (!ordered) return { kind: 'unknown' } as const;
  if (!ordered.same) return { kind: 'differs' } as const;
  ports.hints.command(partitionOf(workflowNo));
  let waitMs: number = pollMs.first;
  for (let waitedMs = 0; waitedMs < retryMsMax; waitMs = Math.min(waitMs * 2, pollMs.last)) {
    await ports.sleep(waitMs);
    waitedMs += waitMs;
    const result = await ports.orders.retryResult(ordered.order);
    if (result) return result;
  }
  return { kind: 'pending' } as const;
}
