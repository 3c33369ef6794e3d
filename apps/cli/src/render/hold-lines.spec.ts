import { expect, test } from '@jest/globals';
import type { ErrorGroup, WorkflowState, WorkflowView, WorkflowWait } from '#contracts';
import { holdLines, mayBeHeld } from './hold-lines.js';
import { plainPaint } from './paint.js';
import { widthOf } from './printable.js';
import { reportLines } from './report.js';

const wait = (more: Partial<WorkflowWait> = {}): WorkflowWait => ({
  ...{ label: 'fit', state: 'ready', jobs: 2, cause: 'limit', subject: 'db', text: 'limit db is at its cap: 2 of 2' },
  ...{ remedy: 'sluice limit set db --jobs 3', details: {}, ...more },
});
const lines = (waits: WorkflowWait[], room = 20): string[] => holdLines('w-abc', waits, { width: 80, room });
const fit = ['! 2 ready jobs of fit: limit db is at its cap: 2 of 2', '  sluice limit set db --jobs 3'];

test('a limit is told with the command that helps, once', () => {
  expect(lines([wait()])).toEqual(fit);
  const text = 'label fit is paused: `sluice resume w-abc --label fit` lets it go on';
  const paused = wait({ cause: 'paused', jobs: 1, text, remedy: 'sluice resume w-abc --label fit' });
  expect(lines([paused])).toEqual([`! 1 ready job of fit: ${text.slice(0, 54)}`, `  ${text.slice(55)}`]);
});

test.each(['workers-busy', 'ready', 'share', 'leased', 'waits-for-parents', 'failed'] as const)(
  'what waits for nothing but its turn, and what is not ready, is not told: %s',
  (cause) => {
    expect(lines([wait({ cause }), wait({ state: 'waiting' })])).toEqual([]);
  },
);

test('of more than two the others are counted; where room is short commands give way, then the second', () => {
  const waits = [wait(), wait({ label: 'b' }), wait({ label: 'c' }), wait({ label: 'd' })];
  const second = fit.map((line) => line.replace('fit', 'b'));
  const more = '! ... and 2 more: sluice why w-abc';
  expect(lines(waits)).toEqual([...fit, ...second, more]);
  expect(lines(waits, 4)).toEqual([fit[0], second[0], more]);
  expect(lines(waits, 1)).toEqual([fit[0]]);
});

function view(labels: number, state: WorkflowState = 'running'): WorkflowView {
  const counts = { total: 9, waiting: 1, ready: 5, leased: 0, finished: 0, failed: 3 };
  const memory = { askedMib: 4_096, nextMib: 4_096, attempts: 30, peakMib: 304, neededMib: 365 };
  const failedBy = { error: 3 };
  const tasks = Array.from({ length: labels }, (_, no) => ({
    ...{ label: `${'x'.repeat(60)}${no}`, state, counts, failedBy, memory },
  }));
  return {
    workflow: {
      ...{ id: 'w-abc', name: 'n'.repeat(100), state, counts, failedBy, submittedAt: '2026-11-22T12:00:00.000Z' },
      ...{ endedAt: null, runNo: 1, space: 's', owner: 'o', cancelRequested: false, pausedAt: null },
    },
    ...{ tasks, rate: null, etaSec: null, gaps: [] },
  };
}

const group: ErrorGroup = {
  ...{ name: 'e1', fingerprint: 'f', jobs: 1, label: 'l', reason: 'error', exitCode: 3, signal: null },
  ...{ sites: [], message: 'm', firstAt: '', lastAt: '', sample: { ordinal: 7, name: 'j', message: 'm' } },
};
const errors = {
  groups: Array.from({ length: 9 }, () => group),
  ...{ groupsTotal: 9, groupedJobs: 9, pruned: 0, cancelled: 0 },
};

test.each([1, 7, 8, 15, 40])('with %i labels it is at most 24 lines of 80 columns, whatever else is told', (labels) => {
  const hostile = wait({ text: `\u001b[2J ${'waits for a limit '.repeat(30)}`, label: 'y'.repeat(200) });
  for (const told of [null, errors]) {
    for (const waits of [null, [], [hostile, hostile, hostile]]) {
      const shown = reportLines(view(labels), { errors: told, waits, nowMs: 0, paint: plainPaint });
      expect(shown.length).toBeLessThanOrEqual(24);
      expect(Math.max(...shown.map(widthOf))).toBeLessThanOrEqual(80);
      expect(shown.some((line) => line.startsWith('! 2 ready'))).toBe(waits !== null && waits.length > 0);
    }
  }
});

test('nothing is asked where nothing is ready, where all is paused, and at the end', () => {
  const { workflow, ...rest } = view(1);
  expect(mayBeHeld({ workflow, ...rest })).toBe(true);
  expect(mayBeHeld({ workflow: { ...workflow, counts: { ...workflow.counts, ready: 0 } }, ...rest })).toBe(false);
  expect(mayBeHeld({ workflow: { ...workflow, pausedAt: '2026-11-22T12:00:00Z' }, ...rest })).toBe(false);
  expect(mayBeHeld(view(1, 'partial'))).toBe(false);
});
