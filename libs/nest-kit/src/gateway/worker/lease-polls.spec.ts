// Goal: P1-P3 of lease-polls.ts.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { LeaseRequest } from '#contracts';
import { LeasePolls, pollMsMax, type PollNews } from './lease-polls.js';

const request = (requestId: string, waitSec = 20): LeaseRequest => ({
  ...{ requestId, again: false, max: 10, waitSec },
  free: { cores: 4, memoryMib: 4_096, walltimeLeftSec: null },
});
const never = (): void => undefined;
const empty = (requestId: string): object => ({ requestId, lease: null, tasks: [], jobs: [] });

let sent: PollNews[];
let polls: LeasePolls;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  polls = new LeasePolls('gateway1', (message) => sent.push(structuredClone(message)));
});
afterEach(() => {
  jest.useRealTimers();
});

const turn = (): Promise<void> => jest.advanceTimersByTimeAsync(0);
const bodyOf = async (poll: ReturnType<LeasePolls['poll']>): Promise<unknown> => {
  const end = await poll;
  return end.end === 'answered' ? JSON.parse(end.body) : end.end;
};

test('asks of one turn leave as one message, without the wait that is ours', async () => {
  void polls.poll('1', request('a'), never);
  void polls.poll('2', request('b'), never);
  await turn();
  expect(sent).toHaveLength(1);
  expect(sent[0]?.asks.map(({ session, requestId }) => [session, requestId])).toEqual([
    ['1', 'a'],
    ['2', 'b'],
  ]);
  expect(sent[0]?.asks[0]).not.toHaveProperty('waitSec');
});

test('an answer is handed on unread', async () => {
  const poll = polls.poll('1', request('a'), never);
  polls.answer({ answers: [{ session: '1', requestId: 'a', body: '{"as":  "it is"}' }] });
  expect(await poll).toEqual({ end: 'answered', status: 200, body: '{"as":  "it is"}' });
});

test('an answer in parts is put together; parts of one whose beginning was lost are not', async () => {
  const poll = polls.poll('1', request('a'), never);
  const part = (no: number, body: string): void =>
    polls.answer({ answers: [{ session: '1', requestId: 'a', body, part: no, parts: 3 }] });
  part(2, 'x');
  part(3, 'y');
  part(1, '{"a"');
  part(2, ':');
  part(3, '1}');
  expect(await poll).toMatchObject({ body: '{"a":1}' });
});

test('an answer that nobody waits for is dropped', async () => {
  const poll = polls.poll('1', request('b'), never);
  polls.answer({ answers: [{ session: '1', requestId: 'a', body: 'old' }] });
  polls.answer({ answers: [{ session: '9', requestId: 'a', body: 'stranger' }] });
  polls.answer({ answers: [{ session: '1', requestId: 'b', body: 'new' }] });
  expect(await poll).toMatchObject({ body: 'new' });
});

test('P1: a newer request ends the older open poll with an empty answer, and the broker is told', async () => {
  const older = polls.poll('1', request('a'), never);
  await turn();
  void polls.poll('1', request('b'), never);
  expect(await bodyOf(older)).toEqual(empty('a'));
  await turn();
  expect(sent[1]).toMatchObject({ gone: [{ session: '1', requestId: 'a' }], asks: [{ requestId: 'b' }] });
});

test('P1: the same request on a new connection gets the answer, the old connection does not', async () => {
  const older = polls.poll('1', request('a'), never);
  const newer = polls.poll('1', { ...request('a'), again: true }, never);
  polls.answer({ answers: [{ session: '1', requestId: 'a', body: '{}' }] });
  expect(await older).toEqual({ end: 'replaced' });
  expect(await newer).toMatchObject({ body: '{}' });
});

test('P2: a poll ends empty when its wait is over, at the latest after the longest that proxies bear', async () => {
  const short = polls.poll('1', request('a', 3), never);
  const long = polls.poll('2', request('b', 60), never);
  await jest.advanceTimersByTimeAsync(3_001);
  expect(await bodyOf(short)).toEqual(empty('a'));
  await jest.advanceTimersByTimeAsync(pollMsMax);
  expect(await bodyOf(long)).toEqual(empty('b'));
  expect(jest.getTimerCount()).toBe(0);
});

test('P2: when the client has left, the broker is told and its answer is dropped', async () => {
  let leave: () => void = never;
  void polls.poll('1', request('a'), (left) => (leave = left));
  await turn();
  leave();
  await turn();
  expect(sent[1]?.gone).toEqual([{ session: '1', requestId: 'a' }]);
  polls.answer({ answers: [{ session: '1', requestId: 'a', body: '{}' }] });
  leave();
  await turn();
  expect(sent).toHaveLength(2);
});

test('P3: an ask without an answer is sent again every 5 s, marked so', async () => {
  void polls.poll('1', request('a', 12), never);
  await jest.advanceTimersByTimeAsync(11_000);
  expect(sent.flatMap(({ asks }) => asks.map(({ again }) => again))).toEqual([false, true, true]);
});

test('a gateway that goes ends all polls, and later ones at once', async () => {
  const open = polls.poll('1', request('a'), never);
  polls.drain();
  expect(await bodyOf(open)).toEqual(empty('a'));
  expect(await bodyOf(polls.poll('1', request('b'), never))).toEqual(empty('b'));
});

test('beyond its room a gateway sends workers away for a while; those who wait may ask anew', async () => {
  const small = new LeasePolls('gateway1', () => undefined, undefined, 2);
  void small.poll('1', request('a'), never);
  const second = small.poll('2', request('b'), never);
  await expect(small.poll('3', request('c'), never)).rejects.toMatchObject({
    refused: { status: 503 },
    headers: { 'retry-after': '5' },
  });
  void small.poll('2', request('d'), never);
  expect(await bodyOf(second)).toEqual(empty('b'));
});
