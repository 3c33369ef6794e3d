import { expect, test } from '@jest/globals';
import { jsonBytes, messageBytesMax, outboxJobsMax, JobsEnded } from '#contracts';
import { reasonCode } from '#core';
import { EndedLedger } from './ended-ledger.js';

const labels = new Map([
  ['1:0', 'reduce'],
  ['2:0', 'merge'],
]);
const one = { workflowNo: '1', task: 0 };
const other = { workflowNo: '2', task: 0 };

test('counts are one row per task, however many jobs ended', () => {
  const ledger = new EndedLedger();
  ledger.finished(one, 0, 10.4);
  ledger.finished(one, 1, null);
  ledger.failed(one, 2, reasonCode.memory);
  ledger.leftWaiting(other, 7);
  expect(ledger.changes()).toEqual([
    { ...one, unwaiting: 0, finished: 2, failed: 1, runMs: 10, runs: 1 },
    { ...other, unwaiting: 7, finished: 0, failed: 0, runMs: 0, runs: 0 },
  ]);
  expect(ledger.failures()).toEqual([{ ...one, reason: reasonCode.memory, jobs: 1 }]);
});

test('one event a workflow, and none for one in which nothing ended', () => {
  const ledger = new EndedLedger();
  ledger.finished(one, 0, null);
  ledger.failed(one, 1, reasonCode.error);
  ledger.leftWaiting(other, 1);
  const events = ledger.events(labels);
  expect(events.map((event) => event.workflowNo)).toEqual(['1']);
  const parts = JobsEnded.parse(JSON.parse(events[0]?.body ?? '')).tasks;
  expect(parts.flatMap((part) => part.finished)).toEqual([0]);
  expect(parts.flatMap((part) => part.failed)).toEqual([{ reason: 'error', ordinals: [1] }]);
});

test.each([outboxJobsMax - 1, outboxJobsMax, outboxJobsMax + 1, 3 * outboxJobsMax])(
  '%d ended jobs are named once each, in events of 5,000 at most',
  (jobs) => {
    const ledger = new EndedLedger();
    for (let ordinal = 0; ordinal < jobs; ordinal += 1) {
      if (ordinal % 3) ledger.finished(one, ordinal, null);
      else ledger.failed(one, ordinal, reasonCode.parent_failed);
    }
    const named = ledger.events(labels).map((event) => {
      const { tasks } = JobsEnded.parse(JSON.parse(event.body));
      return tasks.flatMap((part) => [...part.finished, ...part.failed.flatMap((failure) => failure.ordinals)]);
    });
    expect(Math.max(...named.map((ordinals) => ordinals.length))).toBeLessThanOrEqual(outboxJobsMax);
    expect(named.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: jobs }, (_, ordinal) => ordinal));
  },
);

test('an event that names thousands of long labels is cut long before it is too large for a message', () => {
  const ledger = new EndedLedger();
  const longLabels = new Map<string, string>();
  for (let task = 0; task < 4_000; task += 1) {
    longLabels.set(`1:${task}`, `${task}-${'文'.repeat(100)}`);
    ledger.finished({ workflowNo: '1', task }, 2 * task, null);
    ledger.failed({ workflowNo: '1', task }, 2 * task + 1, reasonCode.parent_failed);
  }
  const events = ledger.events(longLabels);
  for (const { body } of events) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(messageBytesMax / 2);
  const parts = events.flatMap(({ body }) => JobsEnded.parse(JSON.parse(body)).tasks);
  expect(new Set(parts.map(({ label }) => label)).size).toBe(4_000);
  expect(
    parts.flatMap(({ finished, failed }) => [...finished, ...failed.flatMap((each) => each.ordinals)]),
  ).toHaveLength(8_000);
  expect(jsonBytes(parts)).toBeGreaterThan(2 * messageBytesMax);
});
