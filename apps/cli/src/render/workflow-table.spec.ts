import { expect, test } from '@jest/globals';
import type { WorkflowSummary } from '#contracts';
import { workflowTable } from './workflow-table.js';

const nowMs = Date.parse('2026-11-22T21:00:00Z');
const workflow = (over: Partial<WorkflowSummary>): WorkflowSummary => ({
  ...{ id: 'w-aaaaaaaaaa', name: 'survey', state: 'done', failedBy: {} },
  counts: { total: 1_000, waiting: 0, ready: 0, leased: 0, finished: 1_000, failed: 0 },
  ...{ submittedAt: '2026-11-22T20:00:00.000Z', endedAt: '2026-11-22T20:03:20.000Z' },
  ...over,
});

test('says when each began and what it took, or has taken so far', () => {
  expect(workflowTable([workflow({}), workflow({ state: 'running', endedAt: null })], nowMs)).toEqual([
    'id            name    state     jobs  ended  failed  started UTC      took',
    'w-aaaaaaaaaa  survey  done     1 000  100 %       0  11-22 20:00  00:03:20',
    'w-aaaaaaaaaa  survey  running  1 000  100 %       0  11-22 20:00  01:00:00',
  ]);
});

test('names give way to numbers: five million jobs for a hundred hours fit 80 columns', () => {
  const counts = { total: 5_000_000, waiting: 0, ready: 0, leased: 0, finished: 0, failed: 4_999_999 };
  const name = 'dp2-step3-of-a-very-long-campaign';
  const lines = workflowTable(
    [workflow({ name, state: 'cancelled', counts, submittedAt: '2026-11-15T20:00:00Z' })],
    nowMs,
  );
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[1]).toMatch(/^w-aaaaaaaaaa {2}dp\S*~ .* 4 999 999 .* 7 d$/);
});
