// Goal: what Nest's handler of a stream is given, when its messages count as done, and what a new connection sets off.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { NatsConnection, Status } from '@nats-io/transport-node';
import { setImmediate as turn } from 'node:timers/promises';
import { BatchTransport, type BatchContext } from './batch-transport.js';
import { TrialConsumer } from './trial-consumer.js';

let consumer: TrialConsumer;
let transport: BatchTransport;
let tellStatus: (status: Partial<Status>) => void;

beforeEach(() => {
  consumer = new TrialConsumer();
  const statuses: Partial<Status>[] = [];
  let wake: () => void = () => undefined;
  tellStatus = (status) => {
    statuses.push(status);
    wake();
  };
  async function* status(): AsyncGenerator<Partial<Status>> {
    for (;;) {
      yield* statuses.splice(0);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const connection = { ...consumer.connection, status } as unknown as NatsConnection;
  transport = new BatchTransport(connection, {
    stream: 'S',
    durableOf: (partition) => `d${partition}`,
    replicas: 1,
    eventMib: 64,
  });
});
afterEach(() => transport.close());

test('a handler gets the bodies of all messages and their partition; they are acknowledged when it has resolved', async () => {
  const seen: [string[], number][] = [];
  let end: () => void = () => undefined;
  transport.addHandler('S', (bodies: readonly Uint8Array[], { partition }: BatchContext) => {
    seen.push([bodies.map((body) => Buffer.from(body).toString()), partition]);
    return new Promise<void>((resolve) => (end = resolve)) as Promise<never>;
  });
  transport.open(3);
  consumer.give('a', 'b');
  await turn();
  expect(seen).toEqual([[['a', 'b'], 3]]);
  expect(consumer.answers).toEqual([]);
  end();
  await turn();
  await turn();
  expect(consumer.answers).toEqual(['a +ACK', 'b +ACK']);
});

test('without a handler nothing is acknowledged', async () => {
  transport.open(3);
  consumer.give('a');
  await turn();
  expect(consumer.answers).toEqual(['a -NAK {"delay":1000000000}']);
});

test('a partition that is opened twice is read once', () => {
  transport.open(3);
  transport.open(3);
  expect(consumer.pulls).toHaveLength(1);
});

test('when the connection is back every open partition is asked for anew, a shut one is not', async () => {
  transport.open(3);
  transport.open(4);
  transport.open(5);
  await transport.shut(5);
  await turn();
  tellStatus({ type: 'disconnect' });
  await turn();
  expect(consumer.pulls).toHaveLength(3);
  tellStatus({ type: 'reconnect' });
  await turn();
  expect(consumer.pulls).toHaveLength(5);
});

test('when streams were made again every open partition is asked for anew: its pull may have gone with them', async () => {
  Object.assign(transport, { prepare: () => Promise.resolve() });
  transport.open(3);
  transport.open(4);
  await transport.repair();
  expect(consumer.pulls).toHaveLength(4);
});
