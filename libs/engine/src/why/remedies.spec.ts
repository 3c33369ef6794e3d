import { expect, test } from '@jest/globals';
import type { LimitView } from '#contracts';
import type { ReadyClass } from '../ports/lease-store.js';
import type { WorkerKind } from '../ports/read-store.js';
import type { ShareBook } from '../ports/share-store.js';
import type { Gap } from '../read/find-gap.js';
import { allocationRemedy, gapRemedy, limitRemedy, weightRemedy } from './remedies.js';

const needs = (over: Partial<ReadyClass> = {}): ReadyClass => ({
  ...{ id: 1, transform: 'noop', cores: 4, memoryMib: 4_096, gpus: 0, diskMib: 0, walltimeSec: null },
  ...{ sites: [], avoidSites: [], tags: {}, features: [], mode: 'auto', preemptible: true },
  ...{ limits: [], space: 's', owner: 'o', shareId: null, workflow: '' },
  ...over,
});

const gap = (obstacle: Gap['obstacle'], nearest: Partial<WorkerKind> = {}): Gap => ({
  ...{ cause: obstacle === null ? 'no-worker' : 'no-worker-fits', text: '', subject: '', obstacle },
  nearest: { site: 'A', pullCores: null, pullMemoryMib: null, ...nearest } as WorkerKind,
});

const limit = (over: Partial<LimitView>): LimitView => ({
  ...{ kind: 'named', name: 'db', capJobs: null, usedJobs: 0, capCores: null, usedCores: 0, ...over },
});

test('a ceiling is lifted where it is too low, and stays where it is not', () => {
  expect(gapRemedy(gap('ceiling', { pullCores: 2 }), needs())).toBe('sluice site set A --pull-cores 4');
  expect(gapRemedy(gap('ceiling', { pullCores: 2, pullMemoryMib: 9_000 }), needs())).toBe(
    'sluice site set A --pull-cores 4',
  );
  expect(gapRemedy(gap('ceiling', { pullCores: 64, pullMemoryMib: 2_000 }), needs())).toBe(
    'sluice site set A --pull-memory 4096',
  );
});

test('a worker is advised where the job may run, with the tags that it needs', () => {
  const tags = { arch: 'arm64', gpu: '!old' };
  expect(gapRemedy(gap('tag'), needs({ tags, sites: ['A', 'B'] }))).toBe('sluice worker --site A --tags arch=arm64');
  expect(gapRemedy(gap('tag'), needs({ tags: { gpu: '!old' } }))).toBeNull();
  expect(gapRemedy(gap('site'), needs({ sites: ["it's"] }))).toBe("sluice worker --site 'it'\\''s'");
  expect(gapRemedy(gap(null), needs())).toBe('sluice up');
  expect(gapRemedy(gap(null), needs({ sites: ['B'] }))).toBe('sluice worker --site B');
  expect(gapRemedy(gap('memory'), needs())).toBeNull();
});

test('a cap gets room for one more job; the one that has room stays', () => {
  expect(limitRemedy(limit({ capJobs: 3, usedJobs: 5, capCores: 90, usedCores: 5 }), needs())).toBe(
    'sluice limit set db --jobs 6',
  );
  const both = limit({ kind: 'user', name: 'ann', capJobs: 3, usedJobs: 3, capCores: 8, usedCores: 6.5 });
  expect(limitRemedy(both, needs())).toBe('sluice limit set user:ann --jobs 4 --cores 11');
});

test('an allocation keeps its period and whether it is strict', () => {
  const book = (periodSec: number | null, strict: boolean): ShareBook =>
    ({ path: 'rubin/ann', allocation: { coreHours: 1, periodSec, strict } }) as ShareBook;
  expect(allocationRemedy(book(null, true), 2)).toBe('sluice share allocate rubin/ann --core-hours 3');
  expect(allocationRemedy(book(30 * 86_400, false), 2.5)).toBe(
    'sluice share allocate rubin/ann --core-hours 3 --days 30 --soft',
  );
});

test('the weight is that with which the part would have been the target', () => {
  const [weight, others, part] = [2, 3, 0.75];
  expect(weightRemedy('a', { weight, part, target: weight / (weight + others) })).toBe('sluice share set a --weight 9');
  expect(9 / (9 + others)).toBe(part);
  expect(weightRemedy('a', { weight: 1, part: 1, target: 0.5 })).toBe('sluice share set a --weight 99');
  expect(weightRemedy('a', { weight: 1, part: 0.5, target: 0.5 })).toBeNull();
  expect(weightRemedy('a', { weight: 1, part: 1, target: 1 })).toBeNull();
});
