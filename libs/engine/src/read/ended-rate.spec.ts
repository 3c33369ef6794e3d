import { expect, test } from '@jest/globals';
import { EndedRates } from './ended-rate.js';

test('a rate is what ended in the last 10 s, by the second', () => {
  const rates = new EndedRates();
  for (let sec = 0; sec < 60; sec++) rates.add('w', sec < 50 ? 1_000 : 100, sec * 1_000);
  expect(rates.rateOf('w', 59_999)).toBe(100);
  expect(rates.rateOf('w', 64_999)).toBe(50);
  expect(rates.rateOf('w', 90_000)).toBe(0);
});

test('a workflow that has just begun is judged on what was seen, and an unseen one not at all', () => {
  const rates = new EndedRates();
  rates.add('w', 50, 1_000);
  rates.add('w', 150, 2_900);
  expect(rates.rateOf('w', 3_000)).toBe(100);
  expect(rates.rateOf('v', 3_000)).toBeNull();
  rates.forget('w');
  expect(rates.rateOf('w', 3_000)).toBeNull();
});

test('memory is bounded: the workflow that is longest without news goes first', () => {
  const rates = new EndedRates();
  for (let no = 0; no <= 10_000; no++) {
    rates.add(`w${no}`, 1, no);
    rates.add('w0', 1, no);
  }
  expect(rates.rateOf('w0', 10_000)).not.toBeNull();
  expect(rates.rateOf('w1', 10_000)).toBeNull();
  expect(rates.rateOf('w10000', 10_000)).not.toBeNull();
});
