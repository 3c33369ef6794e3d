/** Goal: short jobs of several leaves are dealt so that what one worker gets is of one leaf, and shares hold all the same. */
import { expect, test } from '@jest/globals';
import { WaiterRoom, type Proven } from '../lease/waiter-room.js';
import { WorkerRoom } from '../lease/worker-room.js';
import type { Waiter } from '../lease/assign-ready.js';
import { assignByShare, type SharedRow } from './assign-by-share.js';
import { ShareTree } from './share-tree.js';

const weights = { 1: 1, 2: 1, 3: 2, 4: 4 } as const;
const leaves = [1, 2, 3, 4] as const;
const tree = new ShareTree(
  Object.entries(weights).map(([id, weight]) => ({ id: Number(id), parentId: null, path: id, weight })),
);

function worker(cores: number, max: number, proven: Proven | null = null): Waiter {
  const whole = WorkerRoom.of({ cores, memoryMib: cores * 1_024 });
  const room = new WaiterRoom({ free: whole.copy(), whole, walltimeLeftSec: null, proven });
  return { classes: new Set(leaves), max, room };
}

/** Rows of 100 jobs each, of one leaf in several. */
function rowsOf(usual: number | ((leaf: number) => number | null), promise?: number): SharedRow[] {
  return leaves.flatMap((leaf) => {
    const usualMs = typeof usual === 'number' ? usual : usual(leaf);
    const needs = { classId: leaf, cores: 1, memoryMib: 1, gpus: 0, diskMib: null, walltimeSec: null, usualMs };
    return Array.from({ length: 60 }, (_, no) => ({
      ...{ id: `${leaf}/${no}`, classId: leaf, jobs: 100, leaf, needs },
      ...{ promise: promise ?? Math.max(0.001, (usualMs ?? 10_000) / 1_000), over: false },
    }));
  });
}

/** Jobs of each leaf by waiter. */
function dealt(waiters: Waiter[], rows: SharedRow[], use: Map<number, number>): Map<number, Map<number, number>> {
  const given = new Map<number, Map<number, number>>();
  for (const { waiter, row, first, last } of assignByShare(waiters, rows, { tree, useOf: (id) => use.get(id) ?? 0 })) {
    const { leaf = 0, promise = 0 } = rows[row] ?? {};
    const own = given.get(waiter) ?? new Map<number, number>();
    given.set(waiter, own.set(leaf, (own.get(leaf) ?? 0) + last - first + 1));
    use.set(leaf, (use.get(leaf) ?? 0) + promise * (last - first + 1));
  }
  return given;
}

test('a worker that asks alone for short jobs gets those of one leaf, and after many leases each leaf has its share', () => {
  const use = new Map<number, number>();
  const leases = 400;
  for (let lease = 0; lease < leases; lease += 1) {
    const given = dealt([worker(4, 1_000)], rowsOf(2), use).get(0) ?? new Map<number, number>();
    expect(given.size).toBe(1);
    expect([...given.values()]).toEqual([1_000]);
  }
  const all = [...use.values()].reduce((sum, part) => sum + part, 0);
  for (const leaf of leaves) expect(Math.abs((use.get(leaf) ?? 0) / all - weights[leaf] / 8)).toBeLessThan(0.01);
});

test('many workers that wait get a leaf each, and the round as a whole is divided by weight', () => {
  const waiters = Array.from({ length: 256 }, () => worker(1, 16));
  const use = new Map<number, number>();
  const given = dealt(waiters, rowsOf(2), use);
  expect([...given.values()].filter((own) => own.size > 1).length).toBeLessThanOrEqual(2 * leaves.length);
  const jobs = (leaf: number): number => [...given.values()].reduce((sum, own) => sum + (own.get(leaf) ?? 0), 0);
  for (const leaf of leaves) expect(Math.abs(jobs(leaf) - (weights[leaf] / 8) * 4_096)).toBeLessThanOrEqual(2 * 16);
});

test('long jobs are divided within one lease', () => {
  const given = dealt([worker(64, 1_000)], rowsOf(3_600_000), new Map()).get(0);
  expect(given).toEqual(new Map(leaves.map((leaf) => [leaf, weights[leaf] * 8])));
});

test('what is charged more than its jobs take, since little is known of its user, is dealt in whole leases all the same', () => {
  const given = dealt([worker(4, 1_000)], rowsOf(2, 10), new Map()).get(0);
  expect([...(given?.values() ?? [])]).toEqual([1_000]);
});

test('work ahead is of jobs whose time is known, as long as there are some: of the others goes what begins at once, and one', () => {
  const [unknown, known] = [4, 3];
  const rows = rowsOf((leaf) => (leaf === known ? 2 : null)).filter(({ leaf }) => leaf === known || leaf === unknown);
  const use = new Map([[known, 1_000_000]]);
  expect(dealt([worker(4, 1_000)], rows, use).get(0)).toEqual(
    new Map([
      [unknown, 4 + 1],
      [known, 995],
    ]),
  );
});

test('of jobs of unknown time as many come as their worker has proven, whatever the number of leaves', () => {
  const proven = new Map(leaves.map((leaf) => [leaf, 6]));
  const given = dealt(
    [worker(4, 1_000, proven)],
    rowsOf(() => null),
    new Map(),
  ).get(0);
  expect([...(given?.values() ?? [])].reduce((sum, jobs) => sum + jobs, 0)).toBe(4 + 4 * 2 ** 6);
  const alone = rowsOf(() => null).filter(({ leaf }) => leaf === 1);
  const use = new Map([[1, 1_000_000]]);
  expect(dealt([worker(4, 1_000, proven)], alone, use).get(0)).toEqual(new Map([[1, 4 + 4 * 2 ** 6]]));
});
