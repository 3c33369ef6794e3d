import { expect, test } from '@jest/globals';
import { learnedMemoryMib, learnsAgain, neededMemoryMib, usualPeakMib } from './learned-memory.js';

const raise = { learning: 'raise', askedMib: 1_000, maxMib: 10_000 } as const;
const fit = { ...raise, learning: 'fit' } as const;

test('the usual peak is the step below which 95 % of the attempts lie, in whatever order they are told', () => {
  const peaks = [
    { peakMib: 8_192, jobs: 5 },
    { peakMib: 512, jobs: 90 },
    { peakMib: 1_024, jobs: 5 },
  ];
  expect(usualPeakMib(peaks)).toBe(1_024);
  expect(usualPeakMib([...peaks, { peakMib: 16_384, jobs: 1 }])).toBe(8_192);
});

test('of fewer than 20 attempts nothing is said', () => {
  expect(neededMemoryMib([{ peakMib: 1_024, jobs: 19 }], 512)).toBeNull();
  expect(neededMemoryMib([{ peakMib: 1_024, jobs: 20 }], 512)).toBe(1_229);
  expect(neededMemoryMib([], 512)).toBeNull();
});

test.each<[string, number, Parameters<typeof learnedMemoryMib>[1], number | null]>([
  ['a larger peak raises', 2_048, raise, 2_458],
  ['a smaller peak does not lower what is only to be raised', 512, raise, null],
  ['a smaller peak lowers what is to fit', 512, fit, 615],
  ['very small peaks leave a rest', 3, fit, 64],
  ['very small peaks raise nothing', 4, { ...raise, askedMib: 16 }, null],
  ['nor what is to fit and asked for little', 4, { ...fit, askedMib: 16 }, null],
  ['what asked for too little is raised by what was seen', 40, { ...raise, askedMib: 16 }, 48],
  ['the ceiling holds', 9_000, raise, 10_000],
  ['without a ceiling no more than was seen to be held', 2_048, { ...raise, maxMib: null }, 2_048],
  ['without a ceiling no more than was asked for', 900, { ...raise, maxMib: null }, null],
  ['what is off stays off', 2_048, { ...fit, learning: 'off' }, null],
])('%s', (_, peakMib, policy, learned) => {
  expect(learnedMemoryMib([{ peakMib, jobs: 30 }], policy)).toBe(learned);
});

test('it is learned at 20 attempts and each time they doubled, however many come at once', () => {
  expect([19, 20, 39, 40, 79, 80].map((after) => learnsAgain(after - 1, after))).toEqual([
    ...[false, true, false, true, false, true],
  ]);
  expect(learnsAgain(0, 1_000)).toBe(true);
  expect(learnsAgain(81, 159)).toBe(false);
  expect(learnsAgain(20, 20)).toBe(false);
});
