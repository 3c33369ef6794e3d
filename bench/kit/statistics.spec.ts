import { expect, test } from '@jest/globals';
import { median, quantile, rounded } from './statistics.js';

test('the median of an odd number of values is the one in the middle, whatever their order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([7])).toBe(7);
});

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a quantile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, i) => i + 1);
  expect(quantile(values, 0.5)).toBe(100);
  expect(quantile(values, 0.99)).toBe(198);
  expect(quantile(values, 1)).toBe(200);
});

test('nothing measured is no number', () => {
  expect(() => median([])).toThrow(RangeError);
});

test('numbers for people have three digits', () => {
  expect([rounded(0.51234), rounded(12_345.6), rounded(1.6)]).toEqual([0.512, 12_346, 1.6]);
});
