// Goal: a transformer that ends takes nothing new in hand.
import { expect, test } from '@jest/globals';
import type { BatchTransport } from '#adapter-nats';
import type { PartitionClaims } from '#adapter-postgres';
import type { EventRelay } from './event-relay.js';
import type { HeldTimer } from './held-timer.js';
import { PartitionKeeper } from './partition-keeper.js';

test('partitions claimed while the process begins to end are given back unread', async () => {
  const opened: number[] = [];
  let closed = 0;
  let answer: (claims: { owned: number[]; surplus: number[] }) => void = () => undefined;
  const claims = {
    balance: () => new Promise((resolve) => (answer = resolve)),
    close: () => Promise.resolve((closed += 1)),
  };
  const transport = {
    prepare: () => Promise.resolve(),
    open: (partition: number) => opened.push(partition),
    shut: () => Promise.resolve(),
  };
  const keeper = new PartitionKeeper(
    claims as unknown as PartitionClaims,
    transport as unknown as BatchTransport,
    { wake: () => undefined, stop: () => Promise.resolve() } as unknown as EventRelay,
    { arm: () => undefined } as unknown as HeldTimer,
  );
  const started = keeper.onApplicationBootstrap();
  await Promise.resolve();
  await keeper.beforeApplicationShutdown();
  answer({ owned: [0, 1], surplus: [] });
  await started;
  expect(opened).toEqual([]);
  expect(keeper.owns(0)).toBe(false);
  expect(closed).toBe(2);
});
