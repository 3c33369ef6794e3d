import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { messageCharsMax, TerminalBatch, terminalBatchBytesMax, terminalEventsMax } from '#contracts';
import { JobFailure } from '#transform-sdk';
import { failedAttempt, finishedAttempt, returnedAttempt, type EndedAttempt } from './ended-attempt.js';
import type { Lease } from './leased-job.js';
import { terminalBatches } from './terminal-batches.js';
import { trialGrant, trialJob } from './trial-job.js';

const grant = trialGrant();
const lease = (id: string): Lease => ({ id, token: `lease-token-${id}`, grant });
const times = { startedAtMs: 1_000, endedAtMs: 2_000 };
const finished = (ordinal: number, id = '1', outputs?: Record<string, unknown>): EndedAttempt =>
  finishedAttempt(trialJob(ordinal, { lease: lease(id) }), { ...times, outputs, usage: undefined });
const failed = (message: string, usage = {}): EndedAttempt =>
  failedAttempt(trialJob(1, { lease: lease('1') }), { ...times, failure: new JobFailure({ message }), usage });

const parsed = (ended: EndedAttempt[]) =>
  terminalBatches(grant, 1, ended).map(({ text }) => TerminalBatch.parse(JSON.parse(text)));

test('2,500 ends of three leases become three batches that fit the contract, in order', () => {
  const ended = Array.from({ length: 2_500 }, (_, ordinal) => finished(ordinal, String(1 + (ordinal % 3))));
  const batches = parsed(ended);
  expect(batches.map(({ events }) => events.length)).toEqual([1_000, 1_000, 500]);
  const told = batches.flatMap(({ leases, events }) => events.map((event) => [event.job, leases[event.lease]?.id]));
  expect(told).toEqual(ended.map(({ job }) => [job.id, job.lease.id]));
  expect(new Set(batches.map(({ batchId }) => batchId)).size).toBe(3);
});

test('large outputs are cut into batches of at most 512 KiB, counted in bytes', () => {
  const ended = Array.from({ length: 200 }, (_, ordinal) => finished(ordinal, '1', { text: 'é'.repeat(8_000) }));
  const texts = terminalBatches(grant, 1, ended).map(({ text }) => text);
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(terminalBatchBytesMax);
  expect(texts.length).toBeLessThan(10);
});

test('a returned attempt says neither that it started nor why', () => {
  const [batch] = parsed([returnedAttempt(trialJob(4, { lease: lease('1') }), 5_000)]);
  expect(batch?.events).toEqual([{ lease: 0, job: '1:4', attempt: 1, outcome: 'returned', endedAtMs: 5_000 }]);
});

test('whatever a transform throws or records, the event fits the contract', () => {
  const [batch] = parsed([
    failed('x'.repeat(10_000)),
    failed('a\0b\ud800c'),
    failed('m', { exitCode: 999, cpuSec: NaN, peakMemoryMib: -1, signal: 'S'.repeat(50) }),
    failed('m', { exitCode: -1, cpuSec: 1.23456, signal: undefined }),
  ]);
  const [long, odd, nonsense, sound] = batch?.events ?? [];
  expect(long?.message).toBe('x'.repeat(4_000));
  expect(odd?.message).toBe('ab\uFFFDc');
  expect(nonsense).not.toHaveProperty('exitCode');
  expect(nonsense).not.toHaveProperty('cpuSec');
  expect(sound).toMatchObject({ exitCode: -1, cpuSec: 1.235 });
});

test('outputs that cannot be kept fail the attempt instead of its batch', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  expect(() => finished(1, '1', { text: 'x'.repeat(17_000) })).toThrow('over the 16384');
  expect(() => finished(1, '1', { text: 'a\0b' })).toThrow('NUL');
  expect(() => finished(1, '1', { text: '\udc00' })).toThrow('half a character');
  expect(() => finished(1, '1', loop)).toThrow('not JSON');
  expect(() => finished(1, '1', { text: 'a backslash: \\u0000' })).not.toThrow();
});

test('ends that say as much as they may, in whatever letters, are batches that gateways take, each end in one of them', () => {
  const letter = fc.constantFrom('x', '"', '\\', '\u0001', 'é', '文', '😀');
  const said = fc.tuple(letter, fc.integer({ min: 0, max: 4 }), fc.boolean()).map(([text, quarters, ends]) => {
    if (ends) return failed(text.repeat((messageCharsMax * quarters) / 4));
    const room = Math.floor((16_000 / (JSON.stringify(text).length - 2)) * (quarters / 4)); // as JSON text
    return finished(quarters, String(quarters), { text: text.repeat(room) });
  });
  fc.assert(
    fc.property(fc.array(said, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (ended, times) => {
      const all = Array.from({ length: times }, () => ended).flat();
      const batches = terminalBatches(grant, 1, all);
      for (const { text } of batches) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(terminalBatchBytesMax);
      const events = batches.flatMap(({ text }) => {
        const batch = TerminalBatch.parse(JSON.parse(text));
        expect(batch.events.length).toBeLessThanOrEqual(terminalEventsMax);
        return batch.events;
      });
      expect(events.map(({ message, outputs }) => [message, outputs])).toEqual(
        all.map(({ event }) => [event.message, event.outputs]),
      );
    }),
    { numRuns: 15 },
  );
});
