/** Goal: what a worker that waits is given fits it, and leaves nothing that it could have taken. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignByShare, type SharedRow } from '../share/assign-by-share.js';
import { ShareTree } from '../share/share-tree.js';
import { assignReady, type ReadyRow, type Slice, type Waiter } from './assign-ready.js';
import { LimitRoom } from './limit-room.js';
import { WaiterRoom, type Proven } from './waiter-room.js';
import { WorkerRoom, type JobSize } from './worker-room.js';

const gib = 1_024;
const oneCore: JobSize = { cores: 1, memoryMib: 1, gpus: 0, diskMib: null };

interface Asking {
  proven?: Proven;
  free?: Partial<JobSize>;
  walltimeLeftSec?: number;
  max?: number;
}

/** A worker with 4 cores and 8 GiB that may run all. */
function worker({ free, walltimeLeftSec, proven, max = 1_000 }: Asking = {}, classes = 10): Waiter {
  const whole = { cores: 4, memoryMib: 8 * gib };
  const room = new WaiterRoom({
    free: WorkerRoom.of({ ...whole, ...free }),
    whole: WorkerRoom.of(whole),
    walltimeLeftSec: walltimeLeftSec ?? null,
    proven: proven ?? null,
  });
  return { classes: new Set(Array.from({ length: classes }, (_, no) => no)), max, room };
}

type Given = Partial<JobSize> & { usualSec?: number; walltimeSec?: number; reserve?: boolean };
const lot = (jobs: number, { usualSec, walltimeSec, reserve = false, ...size }: Given = {}) => {
  const usualMs = usualSec === undefined ? null : usualSec * 1_000;
  return { jobs, reserve, needs: { ...oneCore, ...size, usualMs, walltimeSec: walltimeSec ?? null } };
};
const long = 1_000;
type Lot = ReturnType<typeof lot>;
const rowsOf = (lots: Lot[]): ReadyRow[] =>
  lots.map(({ needs, ...one }, classId) => ({ ...one, id: String(classId), classId, needs: { ...needs, classId } }));

/** @returns jobs of each waiter, of each row */
function counts(waiters: readonly Waiter[], rows: readonly ReadyRow[], slices: readonly Slice[]): number[][] {
  const given = waiters.map(() => rows.map(() => 0));
  for (const { waiter, row, first, last } of slices) {
    const own = given[waiter] ?? [];
    own[row] = (own[row] ?? 0) + last - first + 1;
  }
  return given;
}
const pack = (waiters: Waiter[], lots: Lot[]): number[][] =>
  counts(waiters, rowsOf(lots), assignReady(waiters, rowsOf(lots)));

test('a worker with 4 cores and 8 GiB gets the mix that fills it, whatever the order (A4)', () => {
  const [small, large] = [
    lot(100, { memoryMib: gib, usualSec: long }),
    lot(100, { memoryMib: 4 * gib, usualSec: long }),
  ];
  expect(pack([worker()], [large, small])).toEqual([[1, 3]]);
  expect(pack([worker()], [small, large])).toEqual([[3, 1]]);
  expect(pack([worker()], [lot(100, { memoryMib: 2 * gib, usualSec: long })])).toEqual([[4]]);
  const wide = lot(100, { cores: 3, memoryMib: gib, usualSec: long });
  expect(pack([worker()], [wide, lot(1, { memoryMib: 6 * gib, usualSec: long })])).toEqual([[1, 1]]);
});

test('each of three workers gets its mix, not one all of a kind (A3, A4)', () => {
  const lots = [lot(9, { memoryMib: gib, usualSec: long }), lot(3, { memoryMib: 5 * gib, usualSec: long })];
  expect(pack([worker(), worker(), worker()], lots)).toEqual([[3, 1], [3, 1], [3, 1]]); // prettier-ignore
});

test('what is free bounds what begins at once, not what the worker has or asks for (A5, W1)', () => {
  const half = { free: { cores: 2, memoryMib: 3 * gib } };
  expect(pack([worker(half)], [lot(100, { memoryMib: gib, usualSec: long })])).toEqual([[2]]);
  expect(pack([worker(half)], [lot(100, { memoryMib: 2 * gib, usualSec: long })])).toEqual([[1]]);
  const wide = { cores: 2, usualSec: long };
  expect(pack([worker({ free: { cores: 0 } })], [lot(100, wide), lot(100, { cores: 2 })])).toEqual([[0, 0]]);
});

test('a worker that short jobs keep busy takes one job besides that is long, or of unknown time (W2)', () => {
  const busy = { free: { cores: 0 } };
  expect(pack([worker(busy)], [lot(100)])).toEqual([[1]]);
  expect(pack([worker(busy)], [lot(100, { usualSec: long }), lot(100)])).toEqual([[1, 0]]);
  expect(pack([worker(busy)], [lot(1), lot(1_000, { usualSec: 1 })])).toEqual([[1, 30]]);
  expect(pack([worker(busy), worker()], [lot(1)])).toEqual([[0], [1]]); // it begins at once elsewhere
});

test('work for ten seconds comes on top, in order; of unknown jobs as many again (W2)', () => {
  expect(pack([worker()], [lot(1_000, { usualSec: 1 })])).toEqual([[44]]);
  expect(pack([worker()], [lot(10, { usualSec: 1 }), lot(1_000, { usualSec: 2 })])).toEqual([[10, 17]]);
  expect(pack([worker()], [lot(100, { usualSec: 11 })])).toEqual([[4]]);
  expect(pack([worker()], [lot(100)])).toEqual([[8]]);
  expect(pack([worker({ max: 5 })], [lot(100)])).toEqual([[5]]);
});

test('of a class that the worker is through with, before anybody can say how long, twice as many come each time (W2)', () => {
  const of = (classId: number, leases: number) => worker({ proven: new Map([[classId, leases]]) });
  expect([0, 1, 2, 3].map((leases) => pack([of(0, leases)], [lot(100)])[0]?.[0])).toEqual([8, 12, 20, 36]);
  expect(pack([of(1, 5)], [lot(100)])).toEqual([[8]]);
  expect(pack([worker({ proven: new Map([[0, 5]]), free: { cores: 0 } })], [lot(100)])).toEqual([[1]]);
});

test('who could begin a job at once gets it before it is queued behind others elsewhere (A6)', () => {
  const busy = worker({ free: { cores: 0 }, max: 5 });
  expect(pack([busy, worker()], [lot(4, { usualSec: 1 })])).toEqual([[0], [4]]);
});

test('nothing comes that the empty worker could not run, or not end in its time (W3)', () => {
  expect(pack([worker()], [lot(1, { cores: 5 }), lot(1, { gpus: 1 })])).toEqual([[0, 0]]);
  const lots = [
    ...[lot(1, { walltimeSec: 101, usualSec: 1 }), lot(1, { walltimeSec: 100, usualSec: 99 })],
    ...[lot(1, { usualSec: 67 }), lot(1, { usualSec: 66 }), lot(1)], // nine in ten end within half as long again
  ];
  expect(pack([worker({ walltimeLeftSec: 100 })], lots)).toEqual([[0, 1, 0, 1, 1]]);
  expect(pack([worker()], lots.slice(0, 4))).toEqual([[1, 1, 1, 1]]);
});

test('a wide job gets nothing while cores come free one by one, but for a round that keeps room for it', () => {
  const narrow = { free: { cores: 1, memoryMib: gib } };
  const classes = (reserve: boolean) => [lot(5, { cores: 4, usualSec: long, reserve }), lot(50, { usualSec: long })];
  expect(pack([worker(narrow)], classes(false))).toEqual([[0, 1]]);
  expect(pack([worker(narrow)], classes(true))).toEqual([[1, 0]]);
  expect(pack([worker({ free: { cores: 0 } })], classes(true))).toEqual([[1, 1]]); // or short ones would keep it busy for ever
  expect(pack([worker(narrow), worker()], classes(true))).toEqual([[0, 1], [1, 0]]); // prettier-ignore
});

test('cores of one round are divided by weight, also where one leaf asks for memory and the other for cores', () => {
  const leaves = [1, 2];
  const tree = new ShareTree(leaves.map((id) => ({ id, parentId: null, path: String(id), weight: 1 })));
  const rows = [lot(1_000, { usualSec: long, memoryMib: gib }), lot(1_000, { usualSec: long, memoryMib: 2 * gib })];
  const shared = rowsOf(rows).map((row, no): SharedRow => ({
    ...row,
    leaf: leaves[no] ?? 0,
    promise: 30,
    over: false,
  }));
  const waiters = Array.from({ length: 50 }, () => worker({ max: 8 }));
  const given = counts(waiters, shared, assignByShare(waiters, shared, { tree, useOf: () => 0 }));
  const sums = [0, 1].map((row) => given.reduce((sum, own) => sum + (own[row] ?? 0), 0));
  expect(sums).toEqual([100, 100]);
});

test('a job of unknown time whose turn it is goes ahead of those of known time, one of its kind in a round', () => {
  const tree = new ShareTree([1, 2].map((id) => ({ id, parentId: null, path: String(id), weight: 1 })));
  const given = (used: number, jobs: number) => {
    const shared = rowsOf([lot(1_000, { usualSec: 1 }), lot(jobs)]).map((row, no): SharedRow => ({
      ...row,
      leaf: no + 1,
      promise: 1,
      over: false,
    }));
    const waiters = [worker({ free: { cores: 0 }, max: 20 })];
    const useOf = (id: number): number => (id === 1 ? used : 0);
    return counts(waiters, shared, assignByShare(waiters, shared, { tree, useOf }));
  };
  expect(given(1_000, 1)).toEqual([[19, 1]]);
  expect(given(1_000, 100)).toEqual([[19, 1]]);
  expect(given(-1_000, 1)).toEqual([[20, 0]]); // it is not its turn
});

const anyNeeds = fc.record({
  cores: fc.constantFrom(0.5, 1, 2, 4, 8),
  memoryMib: fc.integer({ min: 1, max: 9_000 }),
  gpus: fc.constantFrom(0, 0, 0, 1),
  diskMib: fc.constantFrom(null, 0, 100, 5_000),
  usualMs: fc.constantFrom(null, 1, 1_000, 9_000, 100_000),
  walltimeSec: fc.constantFrom(null, null, 10, 1_000),
});
const anyWaiter = fc.record({
  whole: fc.record({ cores: fc.integer({ min: 1, max: 16 }), gpus: fc.constantFrom(0, 2) }),
  freePart: fc.constantFrom(0, 0.3, 1),
  classes: fc.uniqueArray(fc.nat(5)),
  max: fc.integer({ min: 1, max: 60 }),
  walltimeLeftSec: fc.constantFrom(null, 50, 5_000),
});
const anyRow = fc.record({
  classId: fc.nat(5),
  leaf: fc.integer({ min: 1, max: 3 }),
  jobs: fc.integer({ min: 1, max: 60 }),
  over: fc.boolean(),
  reserve: fc.constantFrom(false, false, true),
});

test('no worker gets a job that does not fit it whole or end in its time, nobody too much, and nothing is left that fits', () => {
  const tree = new ShareTree([1, 2, 3].map((id) => ({ id, parentId: null, path: String(id), weight: id })));
  const world = fc.record({
    ...{ needs: fc.array(anyNeeds, { minLength: 6, maxLength: 6 }), drawn: fc.array(anyRow, { maxLength: 40 }) },
    ...{ asking: fc.array(anyWaiter, { maxLength: 6 }), by: fc.constantFrom('order', 'share') },
    cap: fc.constantFrom(Infinity, 20),
  });
  fc.assert(
    fc.property(world, ({ needs, drawn, asking, by, cap }) => {
      const asks = asking.map(({ whole: { cores, gpus }, freePart, walltimeLeftSec }) => {
        const whole = { cores, gpus, memoryMib: cores * 2_000, diskMib: 10_000 };
        const free = { ...whole, cores: cores * freePart, memoryMib: cores * 2_000 * freePart };
        return {
          free: WorkerRoom.of(free),
          whole: WorkerRoom.of(whole),
          walltimeLeftSec,
          proven: new Map([[1, 2]]),
        };
      });
      const waiters = asks.map((ask, no): Waiter => {
        const { classes = [], max = 0 } = asking[no] ?? {};
        return { classes: new Set(classes), max, room: new WaiterRoom(ask) };
      });
      const sized = needs.map((one, classId) => ({ ...one, classId }));
      const rows = drawn.map((row, no): SharedRow => {
        return { ...row, id: String(no), promise: 1, needs: sized[row.classId] };
      });
      const left = new Map([[1, { jobs: cap, millicores: Infinity }]]);
      const limits = new LimitRoom(left, (classId) => ({ limits: classId === 0 ? [1] : [], millicores: 1_000 }));
      const slices =
        by === 'order'
          ? assignReady(waiters, rows, limits)
          : assignByShare(waiters, rows, { tree, useOf: () => 0, room: limits });
      const next = rows.map(() => 1);
      for (const { waiter, row, first, last } of slices) {
        const ask = asks[waiter];
        const { classId = -1, needs: of } = rows[row] ?? {};
        expect(waiters[waiter]?.classes.has(classId)).toBe(true);
        expect(of && ask?.whole.fits(of)).toBe(true);
        expect(of?.walltimeSec ?? 0).toBeLessThanOrEqual(ask?.walltimeLeftSec ?? Infinity);
        expect(first).toBe(next[row]);
        next[row] = last + 1;
      }
      const given = counts(waiters, rows, slices);
      expect(given.reduce((sum, own) => sum + rows.reduce((all, { classId }, row) => all + (classId === 0 ? own[row] ?? 0 : 0), 0), 0)).toBeLessThanOrEqual(cap); // prettier-ignore
      waiters.forEach(({ max, room, classes }, no) => {
        const jobs = (given[no] ?? []).reduce((sum, count) => sum + count, 0);
        expect(jobs).toBeLessThanOrEqual(max);
        // Those that outlast the work ahead begin at once: but for one that room is kept for, and one beside what runs in a
        // worker with nothing free, they fit together.
        const lasting = asks[no]?.free.copy();
        if ((lasting?.cores ?? 0) <= 0) lasting?.giveBack({ cores: 1, memoryMib: 0, gpus: 0, diskMib: null });
        rows.forEach((row, at) => {
          const count = given[no]?.[at] ?? 0;
          if (count > 0 && row.needs && (row.needs.usualMs ?? 0) > 10_000) lasting?.take(row.needs, count);
        });
        if (!rows.some(({ reserve }) => reserve === true)) expect(lasting?.cores).toBeGreaterThan(-1e-6);
        if (jobs === max) return;
        rows.forEach(({ jobs: ready, needs: of, classId }, at) => {
          if (ready < (next[at] ?? 0) || !of || !classes.has(classId) || limits.places(classId, no) === 0) return;
          expect([room?.places(of, 'now'), room?.places(of, 'ahead')]).toEqual([0, 0]);
        });
      });
    }),
    { seed: 20261123, numRuns: 500 },
  );
});
