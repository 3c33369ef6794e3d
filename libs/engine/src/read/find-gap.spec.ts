import { expect, test } from '@jest/globals';
import type { ClassNeeds } from '../lease/fits.js';
import type { WorkerKind } from '../ports/read-store.js';
import { findGap } from './find-gap.js';

const needs = (over: Partial<ClassNeeds> = {}): ClassNeeds => ({
  ...{ transform: 'noop', cores: 1, memoryMib: 1_024, gpus: 0, walltimeSec: null, sites: [], mode: 'auto' },
  ...{ diskMib: 0, avoidSites: [], tags: {}, features: [], preemptible: true },
  ...over,
});
const kind = (over: Partial<WorkerKind> = {}): WorkerKind => ({
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
  ...{ site: 'A', cores: 4, memoryMib: 16_384, transforms: ['command@1', 'noop@1'], walltimeLeftSec: null, workers: 2 },
  holding: 0,
  ...over,
});

test.each<[string, Partial<ClassNeeds>]>([
  ['any version of a transform', { transform: 'noop' }],
  ['the version that is there', { transform: 'noop@1' }],
  ['the very size of a worker', { cores: 4, memoryMib: 16_384 }],
  ['its site among others', { sites: ['B', 'A'] }],
])('a job that asks for %s has no gap', (_what, asked) => {
  expect(findGap(needs(asked), [kind()])).toBeNull();
});

test.each<[string, Partial<ClassNeeds>, WorkerKind[], string]>([
  ['no worker', {}, [], 'no worker is there: `sluice up` starts some on this machine, `sluice worker` one'],
  [
    'no transform',
    { transform: 'fits-stack' },
    [kind()],
    'no worker offers transform "fits-stack" (2 workers are there: command, noop)',
  ],
  [
    'another version',
    { transform: 'noop@2' },
    [kind({ workers: 1 })],
    'no worker offers transform "noop@2" (1 worker is there: command, noop)',
  ],
  [
    'a name that another begins with',
    { transform: 'no' },
    [kind()],
    'no worker offers transform "no" (2 workers are there: command, noop)',
  ],
  [
    'too small',
    { cores: 8, memoryMib: 65_536 },
    [kind(), kind({ cores: 2 })],
    'needs 8 cores and 64 GiB; the largest worker has 4 cores and 16 GiB, at A: 4 cores and 48 GiB too few',
  ],
  [
    'too little memory',
    { memoryMib: 20_480 },
    [kind()],
    'needs 1 core and 20 GiB; the largest worker has 4 cores and 16 GiB, at A: 4 GiB too few',
  ],
  ['another site', { sites: ['B'] }, [kind()], 'may only run at B; workers are at A'],
  ['an avoided site', { avoidSites: ['A'] }, [kind()], 'may not run at A; workers are at A only'],
  [
    'no sandbox where one is required',
    {},
    [kind({ sandbox: 'required' })],
    'site A requires a sandbox, and no worker there offers bwrap',
  ],
  ['a stopped site', {}, [kind({ siteState: 'stopped' })], 'site A is stopped: `sluice site open A` lets it go on'],
  [
    'several closed sites',
    {},
    [kind({ siteState: 'stopped' }), kind({ site: 'B', siteState: 'draining' })],
    'site A is stopped, site B is draining: `sluice site open A` lets it go on',
  ],
  [
    'another site is open, where it may not run',
    { sites: ['A'] },
    [kind({ siteState: 'draining' }), kind({ site: 'B' })],
    'site A is draining: `sluice site open A` lets it go on',
  ],
  [
    'above the pull ceiling',
    { cores: 4 },
    [kind({ pullCores: 2, pullMemoryMib: 8_192 })],
    'needs 4 cores and 1 GiB; site A lets workers take jobs of at most 2 cores and 8 GiB',
  ],
  [
    'above a ceiling of memory alone',
    { memoryMib: 2_048 },
    [kind({ pullMemoryMib: 1_024 }), kind({ pullMemoryMib: 1_024, cores: 2 })],
    'needs 1 core and 2 GiB; site A lets workers take jobs of at most 1 GiB',
  ],
  ['GPUs', { gpus: 2 }, [kind()], 'needs 2 GPUs; no worker offers any'],
  ['more GPUs', { gpus: 2 }, [kind({ gpus: 1 })], 'needs 2 GPUs; the most that a worker has is 1'],
  [
    'disk',
    { diskMib: 20_480 },
    [kind({ diskMib: 512 })],
    'needs 20 GiB of disk; the most that a worker has is 512 MiB',
  ],
  [
    'a tag',
    { tags: { arch: 'x86_64', os: '!el7' } },
    [kind({ tags: { arch: 'aarch64', rack: '7' } }), kind({ tags: { os: 'el7' } }), kind()],
    'needs a worker with arch=x86_64 and not os=el7; there is arch=aarch64, no such tag, os=el7',
  ],
  [
    'a feature',
    { features: ['apptainer'] },
    [kind()],
    'needs apptainer at the worker, for its image; none has any feature',
  ],
  [
    'another feature',
    { features: ['apptainer'] },
    [kind({ features: ['bwrap'] })],
    'needs apptainer at the worker, for its image; there is bwrap',
  ],
  [
    'a worker that stays',
    { preemptible: false },
    [kind({ tags: { preemptible: 'true' } })],
    'may not run on a preemptible worker; there is no other',
  ],
  [
    'too short',
    { walltimeSec: 600 },
    [kind({ walltimeLeftSec: 60 })],
    'needs 600 seconds of walltime; the longest that a worker has left is 60 seconds',
  ],
  ['push', { mode: 'push' }, [kind()], 'asks for placement mode "push", which no worker here serves'],
])('the gap says why: %s', (_what, asked, kinds, text) => {
  expect(findGap(needs(asked), kinds)?.text).toBe(text);
});

test('cores of one worker and memory of another do not make a worker', () => {
  const kinds = [kind({ cores: 16, memoryMib: 1_024 }), kind({ cores: 1, memoryMib: 65_536 })];
  expect(findGap(needs({ cores: 8, memoryMib: 32_768 }), kinds)?.cause).toBe('no-worker-fits');
});
