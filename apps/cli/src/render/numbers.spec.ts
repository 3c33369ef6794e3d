import { expect, test } from '@jest/globals';
import { clock, duration, grouped, percent, perSec } from './numbers.js';

test('numbers are grouped by three', () => {
  expect([0, 7, 999, 1_000, 10_000, 1_234_567].map(grouped)).toEqual(['0', '7', '999', '1 000', '10 000', '1 234 567']);
});

test('times read as a clock and in words', () => {
  expect([0, 21, 3_599.9, 90_061, 400_000].map(clock)).toEqual([
    '00:00:00',
    '00:00:21',
    '00:59:59',
    '25:01:01',
    '111:06:40',
  ]);
  expect([0.034, 3.21, 59.4, 60, 200, 7_500, 352_900].map(duration)).toEqual([
    '0.03 s',
    '3.2 s',
    '59 s',
    '1 min',
    '3 min 20 s',
    '2 h 5 min',
    '4 d 2 h',
  ]);
});

test('percent says 100 only when all is done, and never 0 once something is', () => {
  expect(percent(999_999, 1_000_000)).toBe('99 %');
  expect(percent(1, 1_000_000)).toBe('1 %');
  expect(percent(0, 10)).toBe('0 %');
  expect(percent(10, 10)).toBe('100 %');
  expect(percent(0, 0)).toBe('100 %');
});

test('rates keep what matters', () => {
  expect([0.05, 3.21, 41.7, 30_000].map(perSec)).toEqual(['0.05', '3.2', '42', '30 000']);
});
