import { expect, test } from '@jest/globals';
import { CallRates } from './call-rates.js';

test('a caller may call in bursts, and then at its rate; another one does not feel it', () => {
  const rates = new CallRates(2);
  expect(Array.from({ length: 21 }, () => rates.take('ann', 0))).toEqual([...Array.from({ length: 20 }, () => 0), 1]);
  expect(rates.take('bob', 0)).toBe(0);
  expect(rates.take('ann', 499)).toBe(1);
  expect(rates.take('ann', 500)).toBe(0);
  expect(rates.take('ann', 500)).toBe(1);
});

test('a bucket never holds more than a burst', () => {
  const rates = new CallRates(1);
  for (let calls = 0; calls < 10; calls += 1) rates.take('ann', 0);
  const later = Array.from({ length: 12 }, () => rates.take('ann', 1_000_000));
  expect(later.filter((sec) => sec === 0)).toHaveLength(10);
});
