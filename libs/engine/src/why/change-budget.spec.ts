import { expect, test } from '@jest/globals';
import { ChangeBudget } from './change-budget.js';

/** Changes that are told of a class that has one every 60 ms, in so many minutes. */
function toldIn(minutes: number): number {
  const budget = new ChangeBudget();
  let told = 0;
  for (let nowMs = 0; nowMs < minutes * 60_000; nowMs += 60) if (budget.take(1, nowMs)) told += 1;
  return told;
}

test('a class that changes 1,000 times a minute is told in a burst, then every ten seconds', () => {
  expect(toldIn(1)).toBeLessThanOrEqual(36);
  expect(toldIn(61) - toldIn(1)).toBeLessThanOrEqual(60 * 6);
  expect(toldIn(61) - toldIn(1)).toBeGreaterThanOrEqual(60 * 6 - 1);
});

test('a class that was still for a while has its whole burst again, and others pay nothing for it', () => {
  const budget = new ChangeBudget();
  for (let change = 0; change < 100; change += 1) budget.take(1, 0);
  expect(budget.take(1, 0)).toBe(false);
  expect(budget.take(2, 0)).toBe(true);
  const later = 1_000_000;
  budget.forget(later);
  expect(Array.from({ length: 31 }, () => budget.take(1, later)).filter(Boolean)).toHaveLength(30);
});
