import { expect, test } from '@jest/globals';
import { leaseSize, nextRamp, queuedJobsMax, type Backlog } from './lease-size.js';

const backlog = (given: Partial<Backlog>): Backlog => ({
  queued: 0,
  slots: 4,
  freeSlots: 4,
  usualMs: null,
  ramp: 8,
  ...given,
});

test('while nothing is known, twice what fits is asked for once', () => {
  expect(leaseSize(backlog({}))).toBe(8);
  expect(leaseSize(backlog({ freeSlots: 0, queued: 4 }))).toBe(0);
  expect(leaseSize(backlog({ freeSlots: 0, queued: 0 }))).toBe(0);
});

test('jobs that outlast the prefetch are asked for only when a slot is free', () => {
  const long = { usualMs: 600_000, ramp: 1_000 };
  expect(leaseSize(backlog({ ...long, freeSlots: 0 }))).toBe(0);
  expect(leaseSize(backlog({ ...long, freeSlots: 1 }))).toBe(1);
  expect(leaseSize(backlog({ ...long, freeSlots: 1, queued: 1 }))).toBe(0);
});

test('ten seconds of work per slot are kept queued, and asked for when half is used up', () => {
  const second = { usualMs: 1_000, ramp: 1_000, freeSlots: 0 };
  expect(leaseSize(backlog({ ...second, queued: 0 }))).toBe(40);
  expect(leaseSize(backlog({ ...second, queued: 20 }))).toBe(20);
  expect(leaseSize(backlog({ ...second, queued: 21 }))).toBe(0);
});

test('the bound doubles lease by lease while jobs turn out short, up to 1,000', () => {
  const bounds = [8];
  for (let lease = 0; lease < 10; lease += 1)
    bounds.push(nextRamp(backlog({ usualMs: 0.01, ramp: bounds.at(-1) ?? 8 })));
  expect(bounds).toEqual([8, 16, 32, 64, 128, 256, 512, 1_000, 1_000, 1_000, 1_000]);
  expect(nextRamp(backlog({ usualMs: 60_000, ramp: 8 }))).toBe(8);
});

test('never more than 1,000 are asked for, nor more hoarded than the bound', () => {
  for (let queued = 0; queued < 2_000; queued += 50) {
    const size = leaseSize(backlog({ usualMs: 0, ramp: 1_000, queued }));
    expect(size).toBeLessThanOrEqual(1_000);
    expect(queued > queuedJobsMax ? size : queued + size).toBeLessThanOrEqual(queuedJobsMax);
  }
});
