import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { grownMemoryMib, memoryMibMax, memoryStepMib } from './memory-size.js';

const seed = 20_261_123;
const mib = fc.double({ min: 0, max: memoryMibMax, noNaN: true });

test.each([
  [0, 1],
  [0.2, 1],
  [15.5, 16],
  [1_000, 1_024],
  [1_024, 1_024],
  [1_025, 1_088],
  [2_280, 2_304],
  [4_097, 4_352],
  [999_999_999, memoryMibMax],
])('%d MiB are held by a step of %d MiB', (size, step) => {
  expect(memoryStepMib(size)).toBe(step);
});

test('a step holds its size with at most a sixteenth to spare, and is its own step (Z1)', () => {
  fc.assert(
    fc.property(mib, (size) => {
      const step = memoryStepMib(size);
      expect(step).toBeGreaterThanOrEqual(size);
      expect(step).toBeLessThanOrEqual(Math.max(size + 1, size * (1 + 1 / 16)) + 1e-6);
      expect(memoryStepMib(step)).toBe(step);
    }),
    { seed, numRuns: 2_000 },
  );
});

test('all sizes there are fall into a few hundred steps (Z1)', () => {
  const steps = new Set(Array.from({ length: 200_000 }, (_, no) => memoryStepMib(1.000_1 ** no)));
  expect(steps.size).toBeLessThan(500);
});

test('growth never shrinks, and passes its ceiling only where the attempt had more', () => {
  const outgrown = fc.record({
    allowedMib: fc.integer({ min: 1, max: 1_000_000 }),
    peakMib: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
    growth: fc.double({ min: 1, max: 100, noNaN: true }),
    maxMib: fc.option(fc.integer({ min: 1, max: 2_000_000 })),
  });
  fc.assert(
    fc.property(outgrown, (of) => {
      const next = grownMemoryMib(of);
      expect(Number.isInteger(next)).toBe(true);
      expect(next).toBeGreaterThanOrEqual(of.allowedMib);
      expect(next).toBeLessThanOrEqual(Math.max(of.allowedMib, of.maxMib ?? memoryMibMax));
    }),
    { seed, numRuns: 2_000 },
  );
});

test('what was written is multiplied exactly (Z2)', () => {
  expect(grownMemoryMib({ allowedMib: 1_000, peakMib: null, growth: 1.1, maxMib: null })).toBe(1_100);
  expect(grownMemoryMib({ allowedMib: 1_000, peakMib: 1_000, growth: 3, maxMib: null })).toBe(3_000);
});
