import { expect, test } from '@jest/globals';
import type { LimitView } from '#contracts';
import type { ReadyClass } from '../ports/lease-store.js';
import type { WorkerKind } from '../ports/read-store.js';
import { findFullLimits, limitsOf } from './find-full-limit.js';

const needs: ReadyClass = {
  ...{ id: 1, transform: 'noop', cores: 4, memoryMib: 1, gpus: 0, diskMib: 0, walltimeSec: null, mode: 'auto' },
  ...{ sites: [], avoidSites: ['C'], tags: {}, features: [], preemptible: true },
  ...{ limits: ['db'], space: 'rubin', owner: 'alice', shareId: null, workflow: '' },
};
const kind = (site: string): WorkerKind => ({
  ...{
    site,
    siteState: 'open',
    sandbox: 'auto',
    cores: 8,
    memoryMib: 8,
    gpus: 0,
    diskMib: null,
    tags: {},
    features: [],
    workers: 1,
    holding: 0,
  },
  ...{ transforms: ['noop@1'], walltimeLeftSec: null, pullCores: null, pullMemoryMib: null },
});
const limit = (over: Partial<LimitView>): LimitView => ({
  ...{ kind: 'named', name: 'db', capJobs: null, capCores: null, usedJobs: 0, usedCores: 0, ...over },
});

test('limits of the class count, and those of sites where it may run', () => {
  expect(limitsOf(needs, [kind('A'), kind('C'), kind('A'), kind('B')])).toEqual([
    { kind: 'named', name: 'db' },
    { kind: 'space', name: 'rubin' },
    { kind: 'user', name: 'alice' },
    { kind: 'site', name: 'A' },
    { kind: 'site', name: 'B' },
  ]);
});

test.each<[string, LimitView[], string[]]>([
  ['no limit', [], []],
  ['room for one more', [limit({ capJobs: 3, usedJobs: 2, capCores: 10, usedCores: 6 })], []],
  ['a cap of jobs', [limit({ capJobs: 3, usedJobs: 3 })], ['limit db is at its cap: 3 of 3 jobs are with workers']],
  [
    'a cap of cores that would be passed',
    [limit({ kind: 'user', name: 'alice', capCores: 10, usedCores: 8 })],
    ['needs 4 cores; under limit user:alice 8 of 10 cores are with workers'],
  ],
  ['one of two sites', [limit({ kind: 'site', name: 'A', capJobs: 0 })], []],
  [
    'every site',
    [limit({ kind: 'site', name: 'A', capJobs: 0 }), limit({ kind: 'site', name: 'B', capJobs: 1, usedJobs: 2 })],
    [
      'limit site:A is at its cap: 0 of 0 jobs are with workers',
      'limit site:B is at its cap: 2 of 1 jobs are with workers',
    ],
  ],
])('what holds a job up is told: %s', (_what, limits, lines) => {
  expect(findFullLimits(needs, [kind('A'), kind('B'), kind('C')], limits).map(({ text }) => text)).toEqual(lines);
});
