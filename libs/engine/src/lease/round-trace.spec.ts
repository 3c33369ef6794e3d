import { expect, test } from '@jest/globals';
import type { LimitName, ReadyClass } from '../ports/lease-store.js';
import { traceRound } from './round-trace.js';

const readyClass = (id: number): ReadyClass => ({
  ...{ id, transform: 'noop', cores: 1, memoryMib: 1, gpus: 0, diskMib: 0, walltimeSec: null, mode: 'auto' },
  ...{ sites: [], avoidSites: [], tags: {}, features: [], preemptible: true, limits: [], space: 's', owner: 'o' },
  shareId: null,
});
const names: LimitName[] = [
  { kind: 'named', name: 'db' },
  { kind: 'site', name: 'B' },
];
/** Class 2 is held up at A by limit 0, at B by both; class 3 at B only. */
const limits = {
  full: ({ id }: ReadyClass, site: string) =>
    id === 2 ? (site === 'A' ? [0] : [0, 1]) : id === 3 && site === 'B' ? [1] : [],
  nameOf: (id: number) => names[id],
};

test('a class says why it was left: nobody for it, limits wherever it might go, or no more asked for', () => {
  const kinds = ['A', 'B'].map((site) => ({ site, classes: new Set([2, 3]) }));
  expect(traceRound([1, 2, 3].map(readyClass), kinds, limits)).toEqual([
    { classId: 1, cause: 'nobody-waits' },
    { classId: 2, cause: 'limit', limits: names },
    { classId: 3, cause: 'workers-full' },
  ]);
});
