// Goal: P1-P6 of pull-loop.ts, and what happens when the consumer is gone.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ackWaitMs, PullLoop } from './pull-loop.js';
import { TrialConsumer } from './trial-consumer.js';

let consumer: TrialConsumer;
let loop: PullLoop;
let handled: string[][];
let faults: unknown[];
let repairs: number;
let work: () => Promise<void>;

beforeEach(() => {
  jest.useFakeTimers();
  consumer = new TrialConsumer();
  handled = [];
  faults = [];
  repairs = 0;
  work = () => Promise.resolve();
  loop = new PullLoop({
    connection: consumer.connection,
    stream: 'S',
    durable: 'd',
    handle: (messages) => {
      handled.push(messages.map(({ data }) => Buffer.from(data).toString()));
      return work();
    },
    onFault: (fault) => faults.push(fault),
    repair: () => {
      repairs += 1;
      return Promise.resolve();
    },
  });
});
afterEach(async () => {
  const stopped = loop.stop();
  await jest.advanceTimersByTimeAsync(5_000);
  await stopped;
  jest.useRealTimers();
});

const turn = (ms = 0): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** Work that ends when it is told to. */
function heldWork(): () => void {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  work = () => ended;
  return end;
}

test('P3: a lone message is handed over at once, and acknowledged when it was handled', async () => {
  const end = heldWork();
  consumer.give('a');
  await turn();
  expect(handled).toEqual([['a']]);
  expect(consumer.answers).toEqual([]);
  end();
  await turn();
  expect(consumer.answers).toEqual(['a +ACK']);
});

test('what comes while a list is handled is the next list', async () => {
  const end = heldWork();
  consumer.give('a');
  await turn();
  consumer.give('b', 'c');
  await turn();
  expect(handled).toEqual([['a']]);
  end();
  await turn();
  expect(handled).toEqual([['a'], ['b', 'c']]);
});

test('P1: one pull is open at a time, and none while the buffer is more than half full', async () => {
  const end = heldWork();
  consumer.give('a');
  await turn();
  expect(consumer.pulls).toEqual([64]);
  consumer.give(...Array.from({ length: 40 }, (_, no) => `b${no}`));
  consumer.status(404);
  await turn();
  expect(consumer.pulls).toEqual([64]);
  end();
  await turn();
  expect(consumer.pulls).toEqual([64, 64]);
});

test('P2: a list that was not handled comes again later, and is complained about once', async () => {
  work = () => Promise.reject(new Error('PostgreSQL is away'));
  consumer.give('a', 'b');
  await turn();
  expect(consumer.answers).toEqual(['a -NAK {"delay":1000000000}', 'b -NAK {"delay":1000000000}']);
  expect(faults).toHaveLength(1);
});

test('a pull that ended without messages is followed by another', async () => {
  await turn();
  consumer.status(408, 'Request Timeout');
  expect(consumer.pulls).toEqual([64, 64]);
});

test.each([
  [503, ''],
  [409, 'Consumer Deleted'],
])('a consumer that is not there (%i %s) is made again before the next pull', async (code, description) => {
  await turn();
  consumer.status(code, description);
  await turn();
  expect([repairs, consumer.pulls.length]).toEqual([0, 1]);
  await turn(500);
  expect([repairs, consumer.pulls.length]).toEqual([1, 2]);
  consumer.give('a');
  await turn();
  expect(consumer.answers).toEqual(['a +ACK']);
});

test('P6: what is in hand or read ahead is said to be under way, until it was handled', async () => {
  const end = heldWork();
  consumer.give('a');
  await turn();
  consumer.give('b');
  await turn(ackWaitMs - 1);
  expect(new Set(consumer.answers)).toEqual(new Set(['a +WPI', 'b +WPI']));
  consumer.answers.splice(0);
  work = () => Promise.resolve();
  end();
  await turn(10 * ackWaitMs);
  expect(consumer.answers).toEqual(['a +ACK', 'b +ACK']);
});

test('P5: when the connection is back it pulls anew, without waiting for an answer that never comes', async () => {
  await turn();
  loop.askAgain();
  expect(consumer.pulls).toEqual([64, 64]);
});

test('a pull that nobody answers is given up after its time', async () => {
  await turn(34_000);
  expect(consumer.pulls).toHaveLength(1);
  await turn(2_000);
  expect(consumer.pulls.length).toBeGreaterThan(1);
});

test('P4: stop() waits for the list in hand, and gives back what was read ahead or is on its way', async () => {
  const end = heldWork();
  consumer.give('a');
  await turn();
  consumer.give('b');
  consumer.onTheWay.push('c');
  let stopped = false;
  void loop.stop().then(() => (stopped = true));
  await turn();
  expect(stopped).toBe(false);
  end();
  await turn();
  expect(stopped).toBe(true);
  expect(handled).toEqual([['a']]);
  expect(consumer.answers).toEqual(['a +ACK', 'b -NAK', 'c -NAK']);
});
