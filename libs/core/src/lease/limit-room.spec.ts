import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignReady } from './assign-ready.js';
import { LimitRoom, type Charge, type LimitLeft } from './limit-room.js';

const roomOf = (left: Record<number, LimitLeft>, charge: Charge): LimitRoom =>
  new LimitRoom(new Map(Object.entries(left).map(([id, each]) => [Number(id), each])), () => charge);

test('three places left are three jobs, of the first rows, and shared out evenly (A3, A5)', () => {
  const room = roomOf({ 1: { jobs: 3, millicores: Infinity } }, { limits: [1], millicores: 1_000 });
  const waiters = [1, 2, 3].map(() => ({ classes: new Set([1]), max: 100 }));
  const slices = assignReady(waiters, [{ id: 'a', classId: 1, jobs: 100 }], room);
  expect(slices.map(({ first, last }) => [first, last])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
});

test('a cap of cores counts in millicores, and a lowered one gives nothing', () => {
  const left = { jobs: Infinity, millicores: 2_500 };
  expect(roomOf({ 1: { ...left } }, { limits: [1], millicores: 1_000 }).places(1, 0)).toBe(2);
  expect(roomOf({ 1: left }, { limits: [1], millicores: 3_000 }).places(1, 0)).toBe(0);
  expect(roomOf({ 1: { jobs: -4, millicores: Infinity } }, { limits: [1], millicores: 1 }).places(1, 0)).toBe(0);
  expect(roomOf({}, { limits: [], millicores: 1 }).places(1, 0)).toBe(Infinity);
  expect(roomOf({}, { limits: [1], millicores: 1 }).places(1, 0)).toBe(0);
});

const cap = fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 12 }));

test('what is dealt never passes a cap, and nothing is left while somebody could be given one more (M1, M2)', () => {
  const limits = fc.array(fc.record({ jobs: cap, cores: cap }), { minLength: 1, maxLength: 4 });
  const classes = fc.array(
    fc.record({ cores: fc.integer({ min: 1, max: 3 }), named: fc.integer({ min: 0, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const waiters = fc.array(fc.record({ site: fc.integer({ min: 0, max: 3 }), max: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 5,
  });
  const rows = fc.array(fc.record({ classId: fc.nat(3), jobs: fc.integer({ min: 1, max: 9 }) }), { maxLength: 8 });
  fc.assert(
    fc.property(limits, classes, waiters, rows, (caps, kinds, asks, ready) => {
      const of = (classId: number, waiter: number): Charge => {
        const { cores = 1, named = 0 } = kinds[classId % kinds.length] ?? {};
        const ids = [...new Set([named, asks[waiter]?.site ?? 0])].filter((id) => id < caps.length);
        return { limits: ids, millicores: cores * 1_000 };
      };
      const left = new Map(caps.map(({ jobs, cores }, id) => [id, { jobs, millicores: cores * 1_000 }]));
      const room = new LimitRoom(new Map([...left].map(([id, each]) => [id, { ...each }])), of);
      const able = asks.map(({ max }) => ({ classes: new Set([0, 1, 2, 3]), max }));
      const offered = ready.map((row, no) => ({ ...row, id: String(no) }));
      const slices = assignReady(able, offered, room);
      const used = new Map<number, { jobs: number; millicores: number }>();
      const given = able.map(() => 0);
      const taken = offered.map(() => 0);
      for (const { waiter, row, first, last } of slices) {
        const jobs = last - first + 1;
        given[waiter] = (given[waiter] ?? 0) + jobs;
        taken[row] = (taken[row] ?? 0) + jobs;
        const charge = of(offered[row]?.classId ?? 0, waiter);
        for (const id of charge.limits) {
          const sum = used.get(id) ?? { jobs: 0, millicores: 0 };
          used.set(id, { jobs: sum.jobs + jobs, millicores: sum.millicores + jobs * charge.millicores });
        }
      }
      for (const [id, sum] of used) {
        expect(sum.jobs).toBeLessThanOrEqual(left.get(id)?.jobs ?? Infinity);
        expect(sum.millicores).toBeLessThanOrEqual(left.get(id)?.millicores ?? Infinity);
      }
      const fresh = (id: number): LimitLeft => {
        const { jobs = 0, millicores = 0 } = used.get(id) ?? {};
        const was = left.get(id) ?? { jobs: Infinity, millicores: Infinity };
        return { jobs: was.jobs - jobs, millicores: was.millicores - millicores };
      };
      const rest = new LimitRoom(new Map([...left.keys()].map((id) => [id, fresh(id)])), of);
      const more = offered.flatMap((row, no) =>
        row.jobs > (taken[no] ?? 0)
          ? able.filter((waiter, at) => waiter.max > (given[at] ?? 0) && rest.places(row.classId, at) > 0)
          : [],
      );
      expect(more).toEqual([]);
    }),
  );
});
