import { expect, test } from '@jest/globals';
import type { PastWait } from '../ports/wait-store.js';
import { explainSpan, parentsLines, spanLines } from './explain-past.js';

const wait = (cause: string, fromSec: number, untilSec: number | null): PastWait => ({
  ...{ classId: 1, cause, subject: '', told: `${cause}!`, detail: {} },
  ...{ fromMs: fromSec * 1_000, untilMs: untilSec === null ? null : untilSec * 1_000 },
});

const partsOf = (untilSec: number, ...waits: PastWait[]): [string, number][] =>
  explainSpan({ attempt: 1, fromMs: 0, untilMs: untilSec * 1_000 }, waits).parts.map(({ cause, sec }) => [cause, sec]);

test('what the first look finds was so since the job was ready, and since the look before', () => {
  expect(partsOf(20, wait('limit', 5, 12), wait('share', 14, null))).toEqual([
    ['limit', 12],
    ['share', 8],
  ]);
});

test('nothing is said of a time in which nobody looked', () => {
  expect(partsOf(100, wait('limit', 60, 70), wait('limit', 90, null))).toEqual([['limit', 20]]);
});

test('a wait that began when the job had gone is not its own', () => {
  expect(partsOf(5, wait('limit', 5, null), wait('share', 6, null))).toEqual([]);
});

test('a back-off comes before what its class waited for meanwhile', () => {
  expect(partsOf(30, wait('held', 0, 10), wait('limit', -50, 25))).toEqual([
    ['limit', 15],
    ['held', 10],
  ]);
});

test('lines tell each part, and parents that took their time', () => {
  const span = explainSpan({ attempt: 2, fromMs: 0, untilMs: 30_000 }, [wait('held', 0, 10), wait('limit', 10, 30)]);
  expect(spanLines(span, 'waited')).toEqual(['waited 30 s before attempt 2:', '  20 s limit!', '  10 s held!']);
  expect(parentsLines({ sec: 7, last: 'fit/a' })).toEqual(['waited 7 s for its parents: fit/a was the last']);
  expect([parentsLines({ sec: 0, last: 'fit/a' }), parentsLines(null)]).toEqual([[], []]);
});
