import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignReady, type ReadyRow, type Waiter } from './assign-ready.js';

const waiter = (classes: number[], max: number): Waiter => ({ classes: new Set(classes), max });
const row = (id: string, classId: number, jobs: number): ReadyRow => ({ id, classId, jobs });

test('one who could take all leaves the others their part (A3)', () => {
  const slices = assignReady([waiter([1], 100), waiter([1], 100), waiter([1], 100)], [row('a', 1, 9)]);
  expect(slices.map((slice) => slice.last - slice.first + 1)).toEqual([3, 3, 3]);
});

test('what is scarce is shared out evenly among those who each want more than their part (A3)', () => {
  const waiters = Array.from({ length: 10 }, () => waiter([1], 4));
  const got = waiters.map(() => 0);
  for (const { waiter: who, first, last } of assignReady(waiters, [row('a', 1, 20)])) {
    got[who] = (got[who] ?? 0) + last - first + 1;
  }
  expect(got).toEqual(waiters.map(() => 2));
});

test('a worker gets nothing of a class that it may not run (A1)', () => {
  expect(assignReady([waiter([2], 5)], [row('a', 1, 3), row('b', 2, 1)])).toEqual([
    { waiter: 0, row: 1, first: 1, last: 1 },
  ]);
});

test('rows are dealt from their front without gap or overlap, and nobody gets more than asked or not allowed (A1-A3)', () => {
  const waiters = fc.array(
    fc.record({ classes: fc.uniqueArray(fc.integer({ min: 0, max: 3 })), max: fc.integer({ min: 0, max: 40 }) }),
    { maxLength: 6 },
  );
  const rows = fc.array(fc.record({ classId: fc.integer({ min: 0, max: 3 }), jobs: fc.integer({ min: 1, max: 30 }) }), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(waiters, rows, (asking, ready) => {
      const able = asking.map(({ classes, max }) => waiter(classes, max));
      const given = ready.map(({ classId, jobs }, no) => row(String(no), classId, jobs));
      const slices = assignReady(able, given);
      const got = able.map(() => 0);
      const taken = given.map(() => 0);
      for (const { waiter: who, row: of, first, last } of slices) {
        expect(first).toBe((taken[of] ?? 0) + 1);
        expect(last).toBeGreaterThanOrEqual(first);
        taken[of] = last;
        got[who] = (got[who] ?? 0) + last - first + 1;
        expect(able[who]?.classes.has(given[of]?.classId ?? -1)).toBe(true);
      }
      able.forEach(({ max }, who) => expect(got[who]).toBeLessThanOrEqual(max));
      given.forEach(({ jobs, classId }, of) => {
        expect(taken[of]).toBeLessThanOrEqual(jobs);
        const hungry = able.some(({ classes, max }, who) => classes.has(classId) && (got[who] ?? 0) < max);
        if (hungry) expect(taken[of]).toBe(jobs); // nothing stays while somebody who may run it wants more
      });
    }),
  );
});
