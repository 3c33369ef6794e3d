import { expect, test } from '@jest/globals';
import { backoffMaxSec, backoffSec, spreadSec } from './back-off.js';

test('the back-off doubles with each retry, up to its bound', () => {
  expect([0, 1, 2, 3].map((before) => backoffSec(5, before))).toEqual([5, 10, 20, 40]);
  expect(backoffSec(5, 1_000)).toBe(backoffMaxSec);
  expect(backoffSec(0, 1_000)).toBe(0);
});

test('what a template asks for above the bound is not cut', () => {
  expect([0, 1, 9].map((before) => backoffSec(7_200, before))).toEqual([7_200, 7_200, 7_200]);
});

test('the same attempt waits equally long, whoever asks; another one does not', () => {
  expect(spreadSec(100, '17:3#1')).toBe(spreadSec(100, '17:3#1'));
  expect(spreadSec(100, '17:3#1')).not.toBe(spreadSec(100, '17:3#2'));
  expect(spreadSec(0, '17:3#1')).toBe(0);
});

test('100,000 jobs that failed together come back evenly over half of the back-off, none too early', () => {
  const slots = new Array<number>(50).fill(0);
  for (let ordinal = 0; ordinal < 100_000; ordinal += 1) {
    const sec = spreadSec(100, `17:${ordinal}#1`);
    expect(sec >= 100 && sec < 150).toBe(true);
    slots[Math.floor(sec) - 100] = (slots[Math.floor(sec) - 100] ?? 0) + 1;
  }
  expect(Math.min(...slots)).toBeGreaterThan(1_800);
  expect(Math.max(...slots)).toBeLessThan(2_200);
});
