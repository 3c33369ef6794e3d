import { expect, test } from '@jest/globals';
import { endState } from './end-state.js';

test.each([
  [{ finished: 5, failed: 0, cancelled: 0 }, 'done'],
  [{ finished: 4, failed: 1, cancelled: 0 }, 'partial'],
  [{ finished: 0, failed: 5, cancelled: 0 }, 'failed'],
  [{ finished: 4, failed: 1, cancelled: 1 }, 'cancelled'],
  [{ finished: 1, failed: 4, cancelled: 3, failFast: true }, 'failed'],
  [{ finished: 4, failed: 1, cancelled: 0, failFast: true }, 'failed'],
  [{ finished: 1, failed: 4, cancelled: 4, failFast: true }, 'cancelled'],
  [{ finished: 5, failed: 0, cancelled: 0, failFast: true }, 'done'],
])('%j has ended as %s', (counts, state) => {
  expect(endState(counts)).toBe(state);
});
