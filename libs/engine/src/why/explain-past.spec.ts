import { expect, test } from '@jest/globals';
import type { PastPause, PastWait } from '../ports/wait-store.js';
import { explainSpan, parentsLines, spanLines, type SpanWaits } from './explain-past.js';
import { pastPauseWait } from './paused-wait.js';

const wait = (cause: string, fromSec: number, untilSec: number | null): PastWait => ({
  ...{ classId: 1, cause, subject: '', told: `${cause}!`, detail: {} },
  ...{ fromMs: fromSec * 1_000, untilMs: untilSec === null ? null : untilSec * 1_000 },
});

const pause = (about: PastPause['about'], fromSec: number, untilSec: number | null): PastWait => {
  const { fromMs, untilMs } = wait('', fromSec, untilSec);
  return pastPauseWait({ about, label: 'fit', fromMs, untilMs, pausedBy: '', resumedBy: '' });
};

const told = (untilSec: number, waits: SpanWaits): [string, number][] =>
  explainSpan({ attempt: 1, fromMs: 0, untilMs: untilSec * 1_000 }, waits).parts.map(({ cause, sec }) => [cause, sec]);

const partsOf = (untilSec: number, ...byClass: PastWait[]): [string, number][] => told(untilSec, { own: [], byClass });

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
  expect(told(30, { own: [wait('held', 0, 10)], byClass: [wait('limit', -50, 25)] })).toEqual([
    ['limit', 15],
    ['held', 10],
  ]);
});

test('a pause counts before what its class waited for meanwhile, to the moment', () => {
  const pauses = [pause('workflow', 5, 15), pause('label', 12, 18), pause('job', 40, null)];
  expect(told(50, { own: pauses, byClass: [wait('limit', 0, 30), wait('share', 31, 45)] })).toEqual([
    ['limit', 17], // 0-5, 18-30
    ['paused', 10], // of the workflow, 5-15
    ['paused', 10], // of the job, 40-50
    ['share', 10], // 30-40
    ['paused', 3], // of the label, 15-18
  ]);
  expect(told(30, { own: [pause('job', 5, 15)], byClass: [] })).toEqual([['paused', 10]]);
});

test('what the first look after a pause finds was so since its end', () => {
  expect(told(130, { own: [pause('workflow', -20, 100)], byClass: [wait('limit', 101, null)] })).toEqual([
    ['paused', 100],
    ['limit', 30],
  ]);
});

test('a pause tells of what, from when to when, and by whom', () => {
  const of = {
    fromMs: Date.UTC(2026, 10, 22, 2),
    untilMs: Date.UTC(2026, 10, 22, 3),
    pausedBy: 'ann@vm',
    resumedBy: '',
  };
  expect(pastPauseWait({ ...of, about: 'label', label: 'fit' }).told).toBe(
    'label fit was paused from 2026-11-22T02:00:00.000Z by ann@vm until 2026-11-22T03:00:00.000Z',
  );
  expect(pastPauseWait({ ...of, about: 'job', label: 'fit', untilMs: null }).told).toBe(
    'this job is paused since 2026-11-22T02:00:00.000Z by ann@vm',
  );
});

test('lines tell each part, and parents that took their time', () => {
  const waits = { own: [wait('held', 0, 10)], byClass: [wait('limit', 10, 30)] };
  const span = explainSpan({ attempt: 2, fromMs: 0, untilMs: 30_000 }, waits);
  expect(spanLines(span, 'waited')).toEqual(['waited 30 s before attempt 2:', '  20 s limit!', '  10 s held!']);
  expect(parentsLines({ sec: 7, last: 'fit/a' })).toEqual(['waited 7 s for its parents: fit/a was the last']);
  expect([parentsLines({ sec: 0, last: 'fit/a' }), parentsLines(null)]).toEqual([[], []]);
});
