import { expect, test } from '@jest/globals';
import type { RetryOrder } from '#contracts';
import type { OrderStore, RetryResult } from '../ports/order-store.js';
import type { TransitionStore } from '../ports/transition-store.js';
import type { RetryPorts } from './order-ports.js';
import { requestRetry } from './request-retry.js';

const touch = { retried: 1, unpruned: 0, finishedAgain: 0, failedAgain: 0 };
const result: RetryResult = { runNo: 2, ...touch, tasks: [{ label: 'fit', ...touch }] };
const workflowNo = '21';
const partition = 5;

interface Desk {
  ports: RetryPorts;
  slept: number[];
  hinted: number[];
  orders: RetryOrder[];
}

/** @param answers what the order's row says, ask by ask; the last one for ever. */
function desk({ answers, names = {} }: { answers: (RetryResult | null)[]; names?: Record<string, number[]> }): Desk {
  const [slept, hinted, orders]: [number[], number[], RetryOrder[]] = [[], [], []];
  const store: OrderStore = {
    requestRetry: (_, order, key) => {
      orders.push(order);
      return Promise.resolve({ order: '1', partition, same: key !== 'used' });
    },
    retryResult: () => Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) ?? null),
  };
  const ports: RetryPorts = {
    orders: store,
    transitions: {} as TransitionStore,
    jobs: { jobsNamed: (_, asked) => Promise.resolve(asked.map((name) => names[name] ?? [])) },
    hints: {
      command: (of) => void hinted.push(of),
      ready: () => undefined,
      held: () => undefined,
      kill: () => undefined,
    },
    sleep: (ms) => Promise.resolve(void slept.push(ms)),
  };
  return { ports, slept, hinted, orders };
}

test('a retry wakes the owner of the partition and waits, ever longer, until it is done', async () => {
  const { ports, slept, hinted } = desk({ answers: [null, null, null, null, null, result] });
  const outcome = await requestRetry(ports, { workflowNo, request: {}, key: null });
  expect(outcome).toEqual({ kind: 'done', answer: { ...result, dryRun: false } });
  expect(slept).toEqual([50, 100, 200, 400, 500, 500]);
  expect(hinted).toEqual([partition]);
});

test('a retry that nobody carries out is pending after 30 s', async () => {
  const { ports, slept } = desk({ answers: [null] });
  expect(await requestRetry(ports, { workflowNo, request: {}, key: null })).toEqual({ kind: 'pending' });
  expect(slept.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(30_000);
});

test('named jobs become ordinals, all of a name; other conditions stand beside them', async () => {
  const { ports, orders } = desk({ answers: [result], names: { left: [4, 9] } });
  await requestRetry(ports, { workflowNo, request: { jobs: ['left', '7'], labels: ['fit'] }, key: null });
  await requestRetry(ports, { workflowNo, request: { jobs: ['left', '7'], ordinals: [9, 10] }, key: null });
  expect(orders).toEqual([{ labels: ['fit'], ordinals: [7, 4, 9] }, { ordinals: [9] }]);
});

test('a name that no job has orders nothing', async () => {
  const { ports, orders } = desk({ answers: [result], names: { left: [4] } });
  const outcome = await requestRetry(ports, { workflowNo, request: { jobs: ['left', 'rihgt'] }, key: null });
  expect(outcome).toEqual({ kind: 'no-job', named: 'rihgt' });
  expect(orders).toEqual([]);
});

test('a key that ordered something else orders nothing', async () => {
  const { ports, slept } = desk({ answers: [result] });
  expect(await requestRetry(ports, { workflowNo, request: {}, key: 'used' })).toEqual({ kind: 'differs' });
  expect(slept).toEqual([]);
});
