import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ReportCounts } from './report-counts.js';

const minuteMs = 60_000;
let lines: unknown[];
let counts: ReportCounts;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  jest.spyOn(Logger.prototype, 'log').mockImplementation((_text: unknown, facts: unknown) => void lines.push(facts));
  counts = new ReportCounts();
});
afterEach(() => {
  counts.onModuleDestroy();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const verdict = (duplicate: number[], stale: number[]) => ({ batchId: 'b', events: 3, duplicate, stale });

test('plain reports are counted without a word', () => {
  counts.note({ applied: 3, late: 0, verdicts: [verdict([], [])] });
  jest.advanceTimersByTime(minuteMs);
  expect(lines).toEqual([]);
  expect(counts.all).toMatchObject({ applied: 3, duplicate: 0 });
});

test('a minute with late, repeated or stale reports is one line, and the next one begins at nothing', () => {
  counts.note({ applied: 2, late: 1, verdicts: [verdict([], [1])] });
  counts.note({ applied: 0, late: 0, verdicts: [verdict([0, 1, 2], []), verdict([0], [1, 2])] });
  jest.advanceTimersByTime(3 * minuteMs);
  const told = { applied: 2, late: 1, duplicate: 4, stale: 3, repeatedBatches: 1 };
  expect(lines).toEqual([{ ...told, sinceStart: told }]);
  counts.note({ applied: 0, late: 0, verdicts: [verdict([], [0])] });
  jest.advanceTimersByTime(minuteMs);
  expect(lines[1]).toMatchObject({ stale: 1, duplicate: 0, sinceStart: { stale: 4 } });
});
