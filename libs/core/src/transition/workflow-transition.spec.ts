import { expect, test } from '@jest/globals';
import { fateOfFinal, workflowAfter, workflowEnd, type WorkflowPlace } from './workflow-transition.js';

const open = { cancelRequested: false };
const cancelled = { cancelRequested: true };

test.each([
  ['sealed', { state: 'uploading', ...open }, { state: 'running' }],
  ['paused', { state: 'running', ...open }, { state: 'paused' }],
  ['paused', { state: 'running', ...cancelled }, { refused: 'to-be-cancelled' }],
  ['paused', { state: 'uploading', ...open }, { refused: 'not-running' }],
  ['resumed', { state: 'running', ...open }, { refused: 'not-paused' }],
  ['cancelAsked', { state: 'paused', ...open }, { state: 'running' }],
  ['cancelAsked', { state: 'running', ...cancelled }, { refused: 'to-be-cancelled' }],
  ['cancelAsked', { state: 'done', ...open }, { refused: 'not-open' }],
  ['reopened', { state: 'cancelled', ...cancelled }, { state: 'running' }],
  ['reopened', { state: 'running', ...open }, { refused: 'not-ended' }],
] as const)('%s, where it is %j: %j', (event, standing, step) => {
  expect(workflowAfter(event, standing)).toEqual(step);
});

test('what has ended is moved by nothing but a retry', () => {
  for (const state of ['done', 'partial', 'failed', 'cancelled'] satisfies WorkflowPlace[]) {
    for (const event of ['sealed', 'paused', 'resumed', 'cancelAsked'] as const) {
      expect(workflowAfter(event, { state, ...open })).toHaveProperty('refused');
    }
  }
});

const none = { finished: 0, failed: 0, cancelled: 0, failFast: false, ...open };

test.each([
  [{ ...none, finished: 3 }, 'done'],
  [{ ...none, finished: 2, failed: 1 }, 'partial'],
  [{ ...none, finished: 2, failed: 1, cancelled: 1 }, 'partial'],
  [{ ...none, finished: 2, failed: 1, cancelled: 1, ...cancelled }, 'cancelled'],
  [{ ...none, finished: 2, failed: 1, cancelled: 0, ...cancelled }, 'partial'],
  [{ ...none, failed: 3, cancelled: 2, failFast: true, ...cancelled }, 'failed'],
  [{ ...none, failed: 2, cancelled: 2, failFast: true, ...cancelled }, 'cancelled'],
] as const)('%j has ended as %s', (books, state) => {
  expect(workflowEnd(books)).toBe(state);
});

const last = { othersOpen: false, anyFailed: false, ...open };

test.each([
  [{ ...last, when: 'success', othersOpen: true }, 'waits'],
  [{ ...last, when: 'always', othersOpen: true }, 'waits'],
  [{ ...last, when: 'success' }, 'freed'],
  [{ ...last, when: 'success', anyFailed: true }, 'pruned'],
  [{ ...last, when: 'always', anyFailed: true }, 'freed'],
  [{ ...last, when: 'always', ...cancelled }, 'freed'],
  [{ ...last, when: 'success', ...cancelled }, 'waits'],
] as const)('the final job of %j: %s', (final, fate) => {
  expect(fateOfFinal(final)).toBe(fate);
});
