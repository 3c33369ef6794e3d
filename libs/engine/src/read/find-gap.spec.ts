import { expect, test } from '@jest/globals';
import type { ClassNeeds } from '../lease/fits.js';
import type { WorkerKind } from '../ports/read-store.js';
import { findGap } from './find-gap.js';

const needs = (over: Partial<ClassNeeds> = {}): ClassNeeds => ({
  ...{ transform: 'noop', cores: 1, memoryMib: 1_024, gpus: 0, walltimeSec: null, sites: [], mode: 'auto' },
  ...over,
});
const kind = (over: Partial<WorkerKind> = {}): WorkerKind => ({
  ...{ site: 'A', cores: 4, memoryMib: 16_384, transforms: ['command@1', 'noop@1'], walltimeLeftSec: null, workers: 2 },
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
    'needs 8 cores and 64 GiB; the largest worker has 4 cores and 16 GiB',
  ],
  [
    'too little memory',
    { memoryMib: 20_480 },
    [kind()],
    'needs 1 core and 20 GiB; the largest worker has 4 cores and 16 GiB',
  ],
  ['another site', { sites: ['B'] }, [kind()], 'may only run at B; workers are at A'],
  ['GPUs', { gpus: 2 }, [kind()], 'needs 2 GPUs; no worker offers any'],
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
