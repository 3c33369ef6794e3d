import { expect, test } from '@jest/globals';
import type { OrderStore, RetryResult } from '../ports/order-store.js';
import { requestCancel } from './request-cancel.js';
import { requestRetry, type RetryPorts } from './request-retry.js';

const result: RetryResult = { runNo: 2, retried: 1, unpruned: 0 };

function desk(orders: Partial<OrderStore>): { ports: RetryPorts; slept: number[]; hinted: number[] } {
  const slept: number[] = [];
  const hinted: number[] = [];
  const ports: RetryPorts = {
    orders: orders as OrderStore,
    hintCommand: (partition) => void hinted.push(partition),
    sleep: (ms) => Promise.resolve(void slept.push(ms)),
  };
  return { ports, slept, hinted };
}

test('a retry wakes the owner of the partition and waits, ever longer, until it is done', async () => {
  let asks = 0;
  const { ports, slept, hinted } = desk({
    requestRetry: () => Promise.resolve({ order: '1', partition: 5 }),
    retryResult: () => Promise.resolve(++asks < 6 ? null : result),
  });
  expect(await requestRetry(ports, { workflowNo: '1', request: {} })).toEqual({ kind: 'done', result });
  expect(slept).toEqual([50, 100, 200, 400, 500, 500]);
  expect(hinted).toEqual([5]);
});

test('a retry that nobody carries out is pending after 30 s', async () => {
  const { ports, slept } = desk({
    requestRetry: () => Promise.resolve({ order: '1', partition: 5 }),
    retryResult: () => Promise.resolve(null),
  });
  expect(await requestRetry(ports, { workflowNo: '1', request: {} })).toEqual({ kind: 'pending' });
  expect(slept.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(30_000);
});

test('a cancel wakes the owner only when this call ordered it', async () => {
  let ordered = true;
  const { ports, hinted } = desk({
    requestCancel: () => Promise.resolve({ state: 'running' as const, partition: 3, ordered }),
  });
  expect(await requestCancel(ports, '1')).toBe('running');
  ordered = false;
  expect(await requestCancel(ports, '1')).toBe('running');
  expect(hinted).toEqual([3]);
});
