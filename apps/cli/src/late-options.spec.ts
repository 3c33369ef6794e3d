import { expect, test } from '@jest/globals';
import { lateOptions } from './late-options.js';

const withWorkers = { processes: [{ name: 'worker-1', pid: 1 }] };
const withoutWorkers = { processes: [{ name: 'all', pid: 1 }] };
const none = { processes: false, transforms: [] };

test('options that were not given are never too late', () => {
  expect(lateOptions(none, withWorkers)).toEqual([]);
});

test('what shapes workers is too late only where there are some', () => {
  const given = { ...none, workers: 2, coresPerWorker: 1, transforms: ['./mine'] };
  expect(lateOptions(given, withWorkers)).toEqual(['--workers', '--cores', '--transforms']);
  expect(lateOptions(given, withoutWorkers)).toEqual([]);
});

test('what shapes services is too late for every stack that is up', () => {
  expect(lateOptions({ processes: true, transforms: [], httpPort: 0 }, withoutWorkers)).toEqual([
    '--processes',
    '--port',
  ]);
});
