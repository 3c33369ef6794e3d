// Goal: what a gateway writes is read whole, what nobody of ours wrote is told apart, and no transaction grows too large.
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { TerminalBatch } from '#contracts';
import { groupMessages } from './terminal-messages.js';

function batchOf(events: number): TerminalBatch {
  return {
    ...{ batchId: randomUUID(), session: '7', partition: 1, leases: [{ id: '3', token: 't' }] },
    events: Array.from({ length: events }, (_, no) => ({
      ...{ lease: 0, job: `17:${no}`, attempt: 1, outcome: 'finished' as const, endedAtMs: 1 },
    })),
  };
}

const bytesOf = (message: unknown): Uint8Array => Buffer.from(JSON.stringify(message));

test('batches of several messages are one group, each with the gateway that waits for its verdict', () => {
  const [a, b, c] = [batchOf(1), batchOf(2), batchOf(3)];
  const bodies = [bytesOf({ gateway: 'g1', batches: [a, b] }), bytesOf({ gateway: '', batches: [c] })];
  expect(groupMessages(bodies)).toEqual({ groups: [{ batches: [a, b, c], gateways: ['g1', 'g1', ''] }], bad: [] });
});

test('a group holds at most 10,000 events; no batch is cut', () => {
  const bodies = Array.from({ length: 25 }, () => bytesOf({ gateway: 'g', batches: [batchOf(900)] }));
  const { groups } = groupMessages(bodies);
  const sizes = groups.map(({ batches }) => batches.reduce((sum, { events }) => sum + events.length, 0));
  expect(sizes).toEqual([9_900, 9_900, 2_700]);
});

test('no messages are no groups', () => {
  expect(groupMessages([])).toEqual({ groups: [], bad: [] });
});

test.each([
  ['nothing', ''],
  ['half of a message', '{"gateway":"g","batch'],
  ['null', 'null'],
  ['a number', '7'],
  ['no batches', '{"gateway":"g"}'],
  ['a batch of nothing', '{"gateway":"","batches":[null]}'],
  ['a batch without an id', JSON.stringify({ gateway: '', batches: [{ ...batchOf(1), batchId: 'x' }] })],
  ['a lease that is no number', JSON.stringify({ gateway: '', batches: [{ ...batchOf(1), leases: [{ id: "1'" }] }] })],
  ['a job that is no job', JSON.stringify({ gateway: '', batches: [{ ...batchOf(1), events: [{ job: 'x' }] }] })],
])('%s is told apart with its body and a reason, and what is good beside it stays', (_what, body) => {
  const good = batchOf(1);
  const { groups, bad } = groupMessages([Buffer.from(body), bytesOf({ gateway: 'g', batches: [good] })]);
  expect(bad.map((each) => [Buffer.from(each.body).toString(), each.reason])).toEqual([
    [body, expect.stringMatching(/./)],
  ]);
  expect(groups).toEqual([{ batches: [good], gateways: ['g'] }]);
});

test('of a message one bad batch is told apart alone: those beside it count', () => {
  const [good, worse] = [batchOf(2), { ...batchOf(1), batchId: 'x' }];
  const { groups, bad } = groupMessages([bytesOf({ gateway: 'g', batches: [good, worse, good] })]);
  expect(groups).toEqual([{ batches: [good, good], gateways: ['g', 'g'] }]);
  expect(bad.map(({ body }) => JSON.parse(Buffer.from(body).toString()) as unknown)).toEqual([
    { gateway: '', batches: [worse] },
  ]);
});
