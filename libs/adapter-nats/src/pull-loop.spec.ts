// Goal: P1-P9 of pull-loop.ts, and what happens when the consumer is gone.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ackWaitMs, PullLoop } from './pull-loop.js';
import { TrialConsumer } from './trial-consumer.js';

let consumer: TrialConsumer;
let loop: PullLoop;
let handled: string[][];
/** Of each list whether it was said to come again. */
let again: boolean[];
let faults: unknown[];
let repairs: number;
let work: () => Promise<void>;

beforeEach(() => {
  jest.useFakeTimers();
  consumer = new TrialConsumer();
  handled = [];
  again = [];
  faults = [];
  repairs = 0;
  work = () => Promise.resolve();
  loop = new PullLoop({
    connection: consumer.connection,
    stream: 'S',
    durable: 'd',
    handle: (messages, options) => {
      again.push(options.again);
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

test('P9: what comes again is a list of its own, in turn with what comes for the first time', async () => {
  const end = heldWork();
  consumer.give('a');
  await turn();
  consumer.giveAgain('x');
  consumer.give('b');
  consumer.giveAgain('y');
  work = () => Promise.resolve();
  end();
  await turn();
  expect(handled).toEqual([['a'], ['x', 'y'], ['b']]);
  expect(again).toEqual([false, true, false]);
  expect(consumer.answers).toEqual(['a +ACK', 'x +ACK', 'y +ACK', 'b +ACK']);
  consumer.giveAgain('z');
  consumer.give('c');
  await turn();
  expect(handled.slice(3)).toEqual([['z'], ['c']]);
});

test('P6, P9: what waits for its turn is under way too', async () => {
  const end = heldWork();
  consumer.give('a');
  consumer.giveAgain('x');
  await turn(ackWaitMs - 1);
  expect(new Set(consumer.answers)).toEqual(new Set(['a +WPI', 'x +WPI']));
  end();
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

/** The store is away, and says so at once. */
const storeAway = (): void => void (work = () => Promise.reject(new Error('PostgreSQL is away')));
const bodies = (count: number, from = 0): string[] => Array.from({ length: count }, (_, no) => `m${from + no}`);
const many = bodies(64);

test('P7: a list that was not handled is put back with what was read ahead, and nothing is pulled until a wait is over', async () => {
  let fail: () => void = () => undefined;
  work = () => new Promise((_, reject) => (fail = () => reject(new Error('PostgreSQL is away'))));
  consumer.give('a');
  await turn();
  consumer.give('b', 'c');
  consumer.status(408);
  const pulled = consumer.pulls.length;
  fail();
  await turn();
  expect(consumer.answers).toEqual(['a', 'b', 'c'].map((body) => `${body} -NAK {"delay":1000000000}`));
  await turn(999);
  expect(handled).toEqual([['a']]);
  expect(consumer.pulls).toHaveLength(pulled);
});

test('P7: what the open pull still brings meanwhile is put back too', async () => {
  storeAway();
  consumer.give('a');
  await turn();
  consumer.give('late');
  expect(consumer.answers.at(-1)).toBe('late -NAK {"delay":1000000000}');
  await turn();
  expect(handled).toEqual([['a']]);
});

test('P7: while the store is away one message is tried, first after 1 s and at last every 5 s', async () => {
  storeAway();
  consumer.give(...many);
  let given = consumer.pulls.length;
  const triedAtMs: number[] = [];
  for (let ms = 0; ms < 60_000; ms += 100) {
    const tries = handled.length;
    if (consumer.pulls.length > given) consumer.give(...bodies(consumer.pulls.at(-1) ?? 0, ms)); // all there is comes again
    given = consumer.pulls.length;
    await turn(100);
    if (handled.length > tries) triedAtMs.push(ms);
  }
  const gapsSec = triedAtMs.slice(1).map((ms, no) => Math.round((ms - (triedAtMs[no] ?? 0)) / 1_000));
  expect(gapsSec.slice(0, 4)).toEqual([1, 2, 4, 5]);
  expect(new Set(gapsSec.slice(3))).toEqual(new Set([5]));
  expect(handled.slice(1).every((list) => list.length === 1)).toBe(true);
});

test('P7: when the store is back each list may be twice as long as the one before, up to all there is', async () => {
  storeAway();
  consumer.give(...many);
  await turn();
  consumer.status(408); // of the pull that was open
  work = () => Promise.resolve();
  await turn(1_000);
  const asked: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const batch = consumer.pulls.at(-1) ?? 0;
    asked.push(batch);
    consumer.give(...bodies(batch, 100 * round));
    await turn();
  }
  expect(asked[0]).toBe(1);
  expect(asked.at(-1)).toBe(64);
  expect(asked).toEqual([...asked].sort((a, b) => a - b));
});

test('P7: a message that fails by itself does not take the others along', async () => {
  const settled = new Set<string>();
  work = () => {
    const list = handled.at(-1) ?? [];
    if (list.includes('bad')) return Promise.reject(new Error('the statement took too long'));
    for (const body of list) settled.add(body);
    return Promise.resolve();
  };
  const stream = ['bad', ...bodies(20)];
  let served = 0;
  for (let ms = 0; ms < 120_000 && settled.size < 20; ms += 500) {
    if (consumer.pulls.length > served) {
      const batch = consumer.pulls.at(-1) ?? 0;
      served = consumer.pulls.length;
      const list = stream.splice(0, batch);
      consumer.give(...list);
      if (list.length < batch) consumer.status(408);
    }
    await turn(500);
    for (const answer of consumer.answers.splice(0)) {
      const [body = '', word] = answer.split(' ');
      if (word === '-NAK') stream.push(body); // behind what is there
    }
  }
  expect(settled.size).toBe(20);
});

test('P7: what is read ahead is put back while a list takes long, and pulled again when it has ended', async () => {
  const end = heldWork();
  consumer.give('a');
  await turn();
  consumer.give('b');
  consumer.status(408);
  await turn(4_900);
  expect(consumer.answers.filter((answer) => answer.startsWith('b -NAK'))).toEqual([]);
  await turn(1_000);
  expect(consumer.answers.filter((answer) => answer.startsWith('b -NAK'))).toHaveLength(1);
  consumer.answers.splice(0);
  await turn(3_000);
  expect(new Set(consumer.answers)).toEqual(new Set(['a +WPI']));
  end();
  await turn();
  consumer.give('b');
  await turn();
  expect(consumer.answers.at(-1)).toBe('b +ACK');
});

test('P7: stop() does not wait until a wait is over', async () => {
  storeAway();
  consumer.give('a');
  await turn();
  let stopped = false;
  void loop.stop().then(() => (stopped = true));
  await turn();
  expect(stopped).toBe(true);
});

test('P8: a pull that brought all it was asked for is followed by another without a word', async () => {
  consumer.give(...many);
  await turn();
  expect(handled).toEqual([many]);
  expect(consumer.pulls).toEqual([64, 64]);
});

test('P8: how an older pull ended says nothing of the open one', async () => {
  consumer.give(...many);
  await turn();
  consumer.status(408, 'Request Timeout', 0);
  await turn();
  expect(consumer.pulls).toEqual([64, 64]);
  consumer.status(408, 'Request Timeout', 1);
  await turn();
  expect(consumer.pulls).toEqual([64, 64, 64]);
});
