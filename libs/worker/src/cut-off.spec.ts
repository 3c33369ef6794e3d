import { expect, test } from '@jest/globals';
import { CutOff } from './cut-off.js';

function cutOffAt(heardMs: number): { cutOff: CutOff; acts: number[] } {
  const acts: number[] = [];
  return { cutOff: new CutOff(heardMs, (silentSec) => acts.push(silentSec)), acts };
}

test("a worker that is cut off for its site's time acts once, counted from when it sent what was answered last", () => {
  const { cutOff, acts } = cutOffAt(0);
  cutOff.heard(10_000);
  for (const nowMs of [60_000, 69_999, 70_000, 71_000, 500_000]) cutOff.check(nowMs, 60_000);
  expect(acts).toEqual([60]);
});

test('it acts again when it is cut off again, and an answer that comes late moves nothing back', () => {
  const { cutOff, acts } = cutOffAt(0);
  cutOff.check(60_000, 60_000);
  cutOff.heard(100_000);
  cutOff.heard(90_000);
  cutOff.check(159_999, 60_000);
  cutOff.check(160_000, 60_000);
  expect(acts).toEqual([60, 60]);
});

test('without a time set by its site it goes on for ever', () => {
  const { cutOff, acts } = cutOffAt(0);
  cutOff.check(1e12, null);
  expect(acts).toEqual([]);
});
