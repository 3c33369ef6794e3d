import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findGap } from '../read/find-gap.js';
import { type ClassNeeds, fits, offers, type WorkerOffer } from './fits.js';

const needs = (over: Partial<ClassNeeds> = {}): ClassNeeds => ({
  ...{ transform: 'command', cores: 2, memoryMib: 1_000, gpus: 0, walltimeSec: null, sites: [], mode: 'auto' },
  ...{ diskMib: 0, avoidSites: [], tags: {}, features: [], preemptible: true },
  ...over,
});
const offer: WorkerOffer = {
  ...{
    siteState: 'open',
    sandbox: 'auto',
    gpus: 0,
    diskMib: null,
    tags: {},
    features: [],
    pullCores: null,
    pullMemoryMib: null,
  },
  ...{ site: 'USDF', cores: 2, memoryMib: 1_000, transforms: ['command@1'], walltimeLeftSec: 600 },
  ...{ diskMib: 100, gpus: 0, tags: { arch: 'x86_64', preemptible: 'true' }, features: ['bwrap'] },
};

test('a worker fits a class that asks for just what it has, and none that asks for more', () => {
  expect(fits(needs({ walltimeSec: 600 }), offer)).toBe(true);
  const more: Partial<ClassNeeds>[] = [
    ...[{ cores: 2.5 }, { memoryMib: 1_001 }, { gpus: 1 }, { diskMib: 101 }, { walltimeSec: 601 }],
    ...[{ sites: ['FrDF'] }, { avoidSites: ['USDF'] }, { mode: 'push' }, { transform: 'noop' }],
    ...[{ tags: { arch: 'aarch64' } }, { tags: { arch: '!x86_64' } }, { tags: { arch: 'x86_64', rack: '7' } }],
    ...[{ features: ['bwrap', 'apptainer'] }, { preemptible: false }],
  ];
  for (const over of more) expect([over, fits(needs(over), offer)]).toEqual([over, false]);
  const same: Partial<ClassNeeds>[] = [
    ...[{ sites: ['FrDF', 'USDF'] }, { avoidSites: ['FrDF'] }, { diskMib: 100 }, { features: ['bwrap'] }],
    ...[{ tags: { arch: 'x86_64' } }, { tags: { arch: '!aarch64', rack: '!7' } }],
  ];
  for (const over of same) expect([over, fits(needs(over), offer)]).toEqual([over, true]);
  expect(fits(needs({ diskMib: 1_000_000 }), { ...offer, diskMib: null })).toBe(true); // nobody said how much it has
});

test('a site that is not open, or whose pull ceiling is below the job, fits nobody', () => {
  const closed: Partial<WorkerOffer>[] = [{ siteState: 'draining' }, { siteState: 'stopped' }];
  const low: Partial<WorkerOffer>[] = [{ pullCores: 1 }, { pullMemoryMib: 999 }];
  for (const over of [...closed, ...low]) expect(fits(needs(), { ...offer, ...over })).toBe(false);
  expect(fits(needs(), { ...offer, pullCores: 2, pullMemoryMib: 1_000 })).toBe(true);
});

test('at a site that requires a sandbox only a worker that has one runs jobs, and images where they can be started', () => {
  const strict: WorkerOffer = { ...offer, sandbox: 'required' };
  expect(fits(needs(), strict)).toBe(true);
  expect(fits(needs(), { ...strict, features: [] })).toBe(false);
  expect(fits(needs({ features: ['apptainer'] }), { ...strict, features: ['apptainer'] })).toBe(true);
  expect(fits(needs({ features: ['apptainer'] }), { ...strict, features: ['bwrap'] })).toBe(false);
});

test('jobs without a walltime may run in a worker that must end, and long ones in a worker that need not', () => {
  expect(fits(needs(), { ...offer, walltimeLeftSec: 0 })).toBe(true);
  expect(fits(needs({ walltimeSec: 31_536_000 }), { ...offer, walltimeLeftSec: null })).toBe(true);
});

test('`command@1` offers `command` and `command@1`, not `comm` nor `command@10`', () => {
  expect(['command', 'command@1', 'comm', 'command@10'].map((wanted) => offers('command@1', wanted))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a gap is told just when no worker would ever be granted the job', () => {
  const anyNeeds = fc.record<ClassNeeds>({
    transform: fc.constantFrom('command', 'command@1', 'noop'),
    cores: fc.constantFrom(1, 2, 3),
    memoryMib: fc.constantFrom(1, 2),
    gpus: fc.constantFrom(0, 0, 0, 1),
    diskMib: fc.constantFrom(0, 1, 2),
    avoidSites: fc.subarray(['A', 'B'], { maxLength: 1 }),
    tags: fc.constantFrom<Record<string, string>>({}, {}, { arch: 'x' }, { arch: '!x' }),
    features: fc.constantFrom([], [], ['apptainer']),
    preemptible: fc.boolean(),
    walltimeSec: fc.constantFrom(null, 1, 2),
    sites: fc.subarray(['A', 'B']),
    mode: fc.constantFrom('auto', 'pull', 'push'),
  });
  const anyOffer = fc.record<WorkerOffer>({
    site: fc.constantFrom('A', 'B'),
    cores: fc.constantFrom(1, 2),
    memoryMib: fc.constantFrom(1, 2),
    diskMib: fc.constantFrom(null, 1, 2),
    gpus: fc.constantFrom(0, 1),
    tags: fc.constantFrom<Record<string, string>>({}, { arch: 'x' }, { arch: 'y', preemptible: 'true' }),
    features: fc.subarray(['apptainer', 'bwrap']),
    transforms: fc.subarray(['command@1', 'noop@2']),
    walltimeLeftSec: fc.constantFrom(null, 0, 1),
    sandbox: fc.constantFrom('auto', 'required', 'off'),
    siteState: fc.constantFrom('open', 'open', 'open', 'draining', 'stopped'),
    pullCores: fc.constantFrom(null, null, 1),
    pullMemoryMib: fc.constantFrom(null, null, 1),
  });
  fc.assert(
    fc.property(anyNeeds, fc.array(anyOffer, { maxLength: 3 }), (asked, workers) => {
      const gap = findGap(
        asked,
        workers.map((worker) => ({ ...worker, workers: 1, holding: 0 })),
      );
      expect(gap === null).toBe(workers.some((worker) => fits(asked, worker)));
    }),
  );
});
