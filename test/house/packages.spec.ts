// Goal: what npm installs is what we chose: exact versions, few of them, checked by hash, from any registry.
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { jsonOf } from './repository.js';

const runtimeDependenciesMax = 25;

const Versions = z.record(z.string(), z.string()).default({});
const Package = z.object({ dependencies: Versions, devDependencies: Versions, optionalDependencies: Versions });
const Lock = z.object({
  packages: z.record(z.string(), z.object({ integrity: z.string().optional(), resolved: z.string().optional() })),
});

const packageFiles = ['package.json', 'bench/peers/package.json'];
const lockFiles = ['package-lock.json', 'bench/peers/package-lock.json'];

test.each(packageFiles)('%s names exact versions only', (file) => {
  const { dependencies, devDependencies, optionalDependencies } = Package.parse(jsonOf(file));
  const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

test(`there are at most ${runtimeDependenciesMax} direct runtime dependencies`, () => {
  const { dependencies, optionalDependencies } = Package.parse(jsonOf('package.json'));
  const names = Object.keys({ ...dependencies, ...optionalDependencies });
  expect(names.length).toBeLessThanOrEqual(runtimeDependenciesMax);
});

test.each(lockFiles)('every entry of %s has a sha512 and no host', (file) => {
  const wrong = Object.entries(Lock.parse(jsonOf(file)).packages)
    .filter(([path]) => path !== '')
    .filter(([, entry]) => entry.integrity?.startsWith('sha512-') !== true || entry.resolved !== undefined)
    .map(([path]) => path);
  expect(wrong).toEqual([]);
});
