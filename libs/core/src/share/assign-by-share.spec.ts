/** Goal: one round divides the room of all who wait by share, and leaves none of it idle. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignByShare, type SharedRow } from './assign-by-share.js';
import { ShareLine, inShareOrder } from './share-line.js';
import { ShareTree } from './share-tree.js';

const row = (leaf: number, jobs: number, over: Partial<SharedRow> = {}): SharedRow => {
  return { id: `${leaf}`, classId: leaf, jobs, leaf, promise: 1, over: false, ...over };
};
const flat = (weights: Record<number, number>): ShareTree =>
  new ShareTree(Object.entries(weights).map(([id, weight]) => ({ id: Number(id), parentId: null, path: id, weight })));
const of =
  (use: ReadonlyMap<number, number>) =>
  (id: number): number =>
    use.get(id) ?? 0;
const unused = of(new Map());
const anyOf = (...classes: number[]) => ({ classes: new Set(classes), max: 1 });

function jobsByLeaf(rows: readonly SharedRow[], slices: ReturnType<typeof assignByShare>): Record<number, number> {
  const jobs: Record<number, number> = {};
  for (const { row: place, first, last } of slices) {
    const { leaf } = rows[place] ?? { leaf: -1 };
    jobs[leaf] = (jobs[leaf] ?? 0) + last - first + 1;
  }
  return jobs;
}

test('the room of one round is divided by weight, although one row could fill it', () => {
  const rows = [row(1, 1_000_000), row(2, 1_000_000)];
  const slices = assignByShare([{ classes: new Set([1, 2]), max: 400 }], rows, {
    tree: flat({ 1: 3, 2: 1 }),
    useOf: unused,
  });
  const { 1: first = 0, 2: second = 0 } = jobsByLeaf(rows, slices);
  expect(first + second).toBe(400);
  expect(Math.abs(first - 300)).toBeLessThanOrEqual(1);
});

test('a user with one job is served within one round while another has a million queued', () => {
  const rows = [row(1, 1_000_000), row(2, 1)];
  for (const used of [0, 1_000]) {
    const useOf = of(new Map([[1, used]]));
    const slices = assignByShare([anyOf(1, 2), anyOf(1, 2)], rows, { tree: flat({ 1: 1, 2: 1 }), useOf });
    expect(jobsByLeaf(rows, slices)).toEqual({ 1: 1, 2: 1 });
  }
});

test('who is over an allocation gets what nobody else wants, and nothing before', () => {
  const rows = [row(1, 10, { over: true }), row(2, 3)];
  const slices = assignByShare([{ classes: new Set([1, 2]), max: 5 }], rows, {
    tree: flat({ 1: 100, 2: 1 }),
    useOf: of(new Map([[2, 1_000_000]])),
  });
  expect(jobsByLeaf(rows, slices)).toEqual({ 1: 2, 2: 3 });
});

test('room that fits none of the leaf whose turn it is goes to another leaf', () => {
  const rows = [row(1, 100), row(2, 100)];
  const waiters = [anyOf(1), anyOf(2), anyOf(2), anyOf(2), anyOf(2)];
  const useOf = of(new Map([[2, 1_000]]));
  expect(jobsByLeaf(rows, assignByShare(waiters, rows, { tree: flat({ 1: 9, 2: 1 }), useOf }))).toEqual({ 1: 1, 2: 4 });
});

test('rows of one leaf go in the given order', () => {
  const rows = [row(1, 2, { classId: 7 }), row(1, 2, { classId: 8 })];
  const slices = assignByShare([{ classes: new Set([7, 8]), max: 3 }], rows, { tree: flat({ 1: 1 }), useOf: unused });
  const taken = [0, 0];
  for (const { row: place, first, last } of slices) taken[place] = (taken[place] ?? 0) + last - first + 1;
  expect(taken).toEqual([2, 1]);
});

test('no round leaves room idle, hands a job out twice, or gives a worker what it cannot run', () => {
  const anyRow = fc.record({
    leaf: fc.integer({ min: 1, max: 6 }),
    classId: fc.integer({ min: 1, max: 5 }),
    jobs: fc.integer({ min: 1, max: 40 }),
    promise: fc.constantFrom(0.01, 1, 30, 240),
    over: fc.boolean(),
  });
  const anyWaiter = fc.record({
    classes: fc.uniqueArray(fc.integer({ min: 1, max: 5 })),
    max: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 12 }), fc.array(anyWaiter, { maxLength: 6 }), (drawn, asked) => {
      const rows = drawn.map((one, no) => ({ id: String(no), ...one }));
      const waiters = asked.map(({ classes, max }) => ({ classes: new Set(classes), max }));
      const slices = assignByShare(waiters, rows, { tree: flat({ 1: 1, 2: 2, 3: 3 }), useOf: unused });
      const left = waiters.map(({ max }) => max);
      const next = rows.map(() => 1);
      for (const { waiter, row: place, first, last } of slices) {
        expect(waiters[waiter]?.classes.has(rows[place]?.classId ?? -1)).toBe(true);
        expect(first).toBe(next[place]);
        next[place] = last + 1;
        left[waiter] = (left[waiter] ?? 0) - (last - first + 1);
      }
      rows.forEach(({ jobs, classId }, place) => {
        const rest = jobs + 1 - (next[place] ?? 0);
        expect(rest).toBeGreaterThanOrEqual(0);
        if (rest > 0) waiters.forEach(({ classes }, no) => classes.has(classId) && expect(left[no]).toBe(0));
      });
      expect(Math.min(0, ...left)).toBe(0);
    }),
  );
});

test('leaves of a group that got less go before all leaves of one that got more', () => {
  const tree = new ShareTree([
    { id: 1, parentId: null, path: 'a', weight: 1 },
    { id: 2, parentId: null, path: 'b', weight: 1 },
    { id: 3, parentId: 1, path: 'a/x', weight: 1 },
    { id: 4, parentId: 1, path: 'a/y', weight: 1 },
    { id: 5, parentId: 2, path: 'b/z', weight: 1 },
  ]);
  const use = tree.sumUp(new Map([[3, 90], [4, 5], [5, 94]])); // prettier-ignore
  expect([...inShareOrder(tree, [3, 4, 5], of(use))]).toEqual([5, 4, 3]);
});

test('who is next is always the one with the least use for its weight, whatever was charged', () => {
  const weights = [1, 2, 3, 5, 8];
  const tree = flat(Object.fromEntries(weights.map((weight, no) => [no + 1, weight])));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), (charges) => {
      const use = new Map(weights.map((_, no) => [no + 1, 0]));
      const line = new ShareLine(tree, use.keys(), of(new Map(use)));
      for (const coreSec of charges) {
        const next = line.next() ?? -1;
        const ratio = (id: number): number => (use.get(id) ?? 0) / tree.weightOf(id);
        expect(ratio(next)).toBeCloseTo(Math.min(...[...use.keys()].map(ratio)), 9);
        line.charge(coreSec, 'stays');
        use.set(next, (use.get(next) ?? 0) + coreSec);
      }
    }),
  );
});

test('work of a node that has children is served beside theirs, whatever they have', () => {
  const tree = new ShareTree([
    { id: 1, parentId: null, path: 'a', weight: 1 },
    { id: 2, parentId: 1, path: 'a/b', weight: 1 },
  ]);
  const rows = [row(1, 100), row(2, 100)];
  const slices = assignByShare([{ classes: new Set([1, 2]), max: 10 }], rows, { tree, useOf: unused });
  expect(jobsByLeaf(rows, slices)).toEqual({ 1: 5, 2: 5 });
});
