import { expect, test } from '@jest/globals';
import { countReports } from './report-counts.js';

const record = (session: string, duplicate: number[], stale: number[]) => ({
  ...{ batchId: 'b', session, events: 9, duplicate, stale },
});

test('plain ends make no count', () => {
  expect(countReports([record('1', [], []), record('2', [], [])], [])).toEqual([]);
});

test('batches of one session are one count, late ends are counted where they came from', () => {
  const records = [record('1', [0, 1], []), record('2', [], []), record('1', [3], [4, 5]), record('3', [], [])];
  expect(countReports(records, [1, 1, 2])).toEqual([
    { session: '1', late: 1, duplicate: 3, stale: 2 },
    { session: '2', late: 2, duplicate: 0, stale: 0 },
  ]);
});
