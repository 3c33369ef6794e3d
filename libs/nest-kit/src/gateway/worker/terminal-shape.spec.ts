// Goal: the fast check takes nothing that the contract refuses, and every plain batch.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TerminalBatch } from '#contracts';
import { isTerminalBatch, readTerminalBatch } from './terminal-shape.js';

const event = { lease: 0, job: '17:3', attempt: 1, outcome: 'finished', startedAtMs: 5, endedAtMs: 9 };
const batch = {
  batchId: '11111111-1111-4111-8111-111111111111',
  ...{ session: '12', partition: 3, leases: [{ id: '7', token: 'abc' }], events: [event] },
};

/** Puts `value` at a random place of a batch. */
const places = [
  ...['batchId', 'session', 'partition', 'leases', 'events'].map((key) => (value: unknown) => ({
    ...batch,
    [key]: value,
  })),
  ...['id', 'token'].map((key) => (value: unknown) => ({ ...batch, leases: [{ ...batch.leases[0], [key]: value }] })),
  ...[
    ...['lease', 'job', 'attempt', 'outcome', 'reason', 'exitCode', 'signal'],
    ...[
      'startedAtMs',
      'endedAtMs',
      'cpuSec',
      'peakMemoryMib',
      'allowedMemoryMib',
      'byOrder',
      'outputs',
      'message',
      'unknown',
    ],
  ].map((key) => (value: unknown) => ({ ...batch, events: [{ ...event, [key]: value }] })),
];
const values = fc.oneof(
  fc.jsonValue(),
  fc.integer(),
  fc.double(),
  fc.uuid(),
  fc.constantFrom<unknown>(
    undefined,
    null,
    NaN,
    -1,
    0.5,
    1e10,
    256,
    'failed',
    'error',
    '1:1',
    'x'.repeat(4_001),
    [],
    [{}],
  ),
);

test('whatever is put where, the fast check never takes what the contract refuses', () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), values, (put, value) => {
      const body: unknown = put(value);
      expect(isTerminalBatch(body) && !TerminalBatch.safeParse(body).success).toBe(false);
    }),
    { numRuns: 3_000 },
  );
});

test('a plain batch passes the fast check, with all its fields too', () => {
  expect(isTerminalBatch(batch)).toBe(true);
  const full = {
    exitCode: 1,
    signal: 'SIGKILL',
    cpuSec: 0.5,
    peakMemoryMib: 12,
    outputs: { a: 1 },
    message: 'x',
    reason: 'error',
  };
  expect(isTerminalBatch({ ...batch, events: [{ ...event, ...full, outcome: 'failed' }] })).toBe(true);
});

test('a refusal names every bad place', () => {
  const bad = { ...batch, partition: 16, events: [event, { ...event, attempt: 0 }, { ...event, job: 'x' }] };
  expect(() => readTerminalBatch(Buffer.from(JSON.stringify(bad)))).toThrow(
    expect.objectContaining({
      refused: expect.objectContaining({
        status: 422,
        errors: ['/partition', '/events/1/attempt', '/events/2/job'].map((pointer) =>
          expect.objectContaining({ pointer }),
        ),
      }),
    }),
  );
});

test.each([
  ['no JSON', Buffer.from('{')],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
])('%s is refused as unreadable', (_what, raw) => {
  expect(() => readTerminalBatch(raw)).toThrow(
    expect.objectContaining({ refused: expect.objectContaining({ status: 400 }) }),
  );
});

test('bytes that begin otherwise than JSON are no report: they would become part of a message with others in it', () => {
  const marked = Buffer.from(`\ufeff${JSON.stringify(batch)}`);
  expect(() => readTerminalBatch(marked)).toThrow(
    expect.objectContaining({ message: expect.stringContaining('begins with') }),
  );
});
