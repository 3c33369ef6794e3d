import { expect, test } from '@jest/globals';
import { slopeOf } from './slope.js';

const life = (no: number, fromSec: number, values: number[]) =>
  values.map((value, i) => ({ life: no, atSec: fromSec + i * 10, value }));

test('a leak shows although every restart hides it', () => {
  expect(slopeOf([...life(1, 0, [100, 110, 120]), ...life(2, 30, [100, 110, 120])])).toBeCloseTo(1);
});

test('what is as large after every restart does not grow, however different its lives are', () => {
  expect(slopeOf([...life(1, 0, [100, 100, 100]), ...life(2, 30, [200, 200, 200])])).toBe(0);
});

test('one sample of each life says nothing', () => {
  expect(slopeOf([...life(1, 0, [100]), ...life(2, 30, [200])])).toBeNull();
});
