import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packLease, type PackingClass, type PackingWorker } from './pack-lease.js';
import { WorkerRoom } from './worker-room.js';

const gib = 1_024;
const worker = (given: Partial<PackingWorker> & { cores?: number; memoryMib?: number } = {}): PackingWorker => {
  const whole = WorkerRoom.of({ cores: given.cores ?? 4, memoryMib: given.memoryMib ?? 8 * gib });
  return { free: whole, whole, walltimeLeftSec: null, max: 1_000, aheadMs: 0, ...given };
};
const jobs = (
  count: number,
  given: Partial<PackingClass['size']> & { usualSec?: number; walltimeSec?: number } = {},
) => {
  const { usualSec, walltimeSec, ...size } = given;
  return {
    size: { cores: 1, memoryMib: 1, gpus: 0, diskMib: null, ...size },
    jobs: count,
    usualMs: usualSec === undefined ? null : usualSec * 1_000,
    walltimeSec: walltimeSec ?? null,
  };
};
const pack = (asking: PackingWorker, classes: PackingClass[], reserve = false) =>
  packLease(asking, classes, { reserve });

test('a worker with 4 cores and 8 GiB gets the mix that fills it, whatever the order (K1)', () => {
  expect(pack(worker(), [jobs(100, { memoryMib: 4 * gib }), jobs(100, { memoryMib: gib })])).toEqual([1, 3]);
  expect(pack(worker(), [jobs(100, { memoryMib: gib }), jobs(100, { memoryMib: 4 * gib })])).toEqual([3, 1]);
  expect(pack(worker(), [jobs(100, { memoryMib: 2 * gib })])).toEqual([4]);
  expect(pack(worker(), [jobs(100, { cores: 3, memoryMib: gib }), jobs(1, { memoryMib: 6 * gib })])).toEqual([1, 1]);
});

test('a class that leaves room is followed by the next in share order (K1)', () => {
  expect(pack(worker(), [jobs(1), jobs(1, { cores: 2 }), jobs(5)])).toEqual([1, 1, 1]);
});

test('work for a while ahead comes on top, in share order (K2)', () => {
  const ahead = { aheadMs: 10_000 };
  expect(pack(worker(ahead), [jobs(1_000, { usualSec: 1 })])).toEqual([44]);
  expect(pack(worker(ahead), [jobs(10, { usualSec: 1 }), jobs(1_000, { usualSec: 2 })])).toEqual([10, 17]);
});

test('of jobs that outlast that while there come as many as fit now, of unknown ones twice as many (K2)', () => {
  expect(pack(worker({ aheadMs: 10_000 }), [jobs(100, { usualSec: 11 })])).toEqual([4]);
  expect(pack(worker({ aheadMs: 10_000 }), [jobs(100)])).toEqual([8]);
});

test('nothing comes that the empty worker could not run, or not in the time that it has left (K4)', () => {
  const short = worker({ walltimeLeftSec: 100 });
  expect(pack(worker(), [jobs(1, { cores: 5 }), jobs(1, { gpus: 1 })])).toEqual([0, 0]);
  expect(pack(short, [jobs(1, { walltimeSec: 101 }), jobs(1, { usualSec: 101 }), jobs(1, { usualSec: 99 })])).toEqual([
    0, 0, 1,
  ]);
});

test('a wide class in front gets nothing while cores come free one by one, but for an answer that reserves (K5)', () => {
  const free = WorkerRoom.of({ cores: 1, memoryMib: gib });
  const classes = [jobs(5, { cores: 4 }), jobs(50)];
  expect(pack(worker({ free }), classes)).toEqual([0, 1]);
  expect(pack(worker({ free }), classes, true)).toEqual([1, 0]);
  expect(pack(worker({ free: WorkerRoom.of({ cores: 0, memoryMib: gib }) }), classes, true)).toEqual([0, 0]);
});

test('never more than asked for, than there is, or than fits and the time ahead holds (K3, random)', () => {
  const one = fc.record({
    cores: fc.constantFrom(0.5, 1, 2, 4, 8),
    memoryMib: fc.integer({ min: 1, max: 9_000 }),
    gpus: fc.constantFrom(0, 0, 0, 1),
    diskMib: fc.constantFrom(null, 0, 100, 5_000),
    count: fc.integer({ min: 0, max: 300 }),
    usualSec: fc.constantFrom(undefined, 0.001, 1, 9, 100),
  });
  const asking = fc.record({ cores: fc.integer({ min: 1, max: 64 }), max: fc.integer({ min: 0, max: 1_000 }) });
  fc.assert(
    fc.property(asking, fc.array(one, { maxLength: 50 }), fc.boolean(), ({ cores, max }, many, ahead) => {
      const whole = WorkerRoom.of({ cores, memoryMib: cores * 2_000, gpus: 2, diskMib: 10_000 });
      const aheadMs = ahead ? 10_000 : 0;
      const classes = many.map(({ count, usualSec, ...size }) => ({ ...jobs(count, { usualSec }), size }));
      const given = packLease({ free: whole, whole, walltimeLeftSec: null, max, aheadMs }, classes, { reserve: false });
      expect(given.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(max);
      given.forEach((count, at) => expect(count).toBeLessThanOrEqual(many[at]?.count ?? 0));
      if (ahead) return;
      const taken = (key: 'cores' | 'memoryMib' | 'gpus' | 'diskMib'): number =>
        given.reduce((sum, count, at) => sum + count * (many[at]?.[key] ?? 0), 0);
      expect(taken('cores')).toBeLessThanOrEqual(cores);
      expect(taken('memoryMib')).toBeLessThanOrEqual(cores * 2_000);
      expect(taken('gpus')).toBeLessThanOrEqual(2);
      expect(taken('diskMib')).toBeLessThanOrEqual(10_000);
    }),
    { seed: 20261122 },
  );
});
