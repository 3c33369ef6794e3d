import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runTransform, type TransformContext } from '#transform-sdk';
import { simulate } from './simulate.js';
import { placeWithin } from './stand-ins.js';

test('what neither sleeps nor writes ends synchronously, without a folder', () => {
  const nothing = { outputs: [] as const } as unknown as TransformContext;
  expect(simulate.run({ runtimeSec: 30, speed: 0 }, nothing)).toBeUndefined();
  expect(simulate.run({ runtimeSec: 0, speed: 1 }, nothing)).toBeUndefined();
});

test('a job sleeps for its time divided by the speed', async () => {
  const beganMs = performance.now();
  expect(await runTransform(simulate, { params: { runtimeSec: 200, speed: 1_000 } })).toMatchObject({
    outcome: 'finished',
    workFolder: null,
  });
  const tookMs = performance.now() - beganMs;
  expect(tookMs).toBeGreaterThan(190);
  expect(tookMs).toBeLessThan(5_000);
});

test('a stop ends the sleep at once, however long it was to be', async () => {
  const beganMs = performance.now();
  const trial = await runTransform(simulate, {
    params: { runtimeSec: 1e9 },
    stop: { afterMs: 20, reason: 'cancelled' },
  });
  expect(trial).toMatchObject({ outcome: 'failed', reason: 'cancelled' });
  expect(performance.now() - beganMs).toBeLessThan(5_000);
});

test('params that mean nothing are refused', async () => {
  for (const params of [{ speed: -1 }, { runtimeSec: 'long' }]) {
    expect(await runTransform(simulate, { params })).toMatchObject({ outcome: 'failed', reason: 'rejected' });
  }
});

test('outputs are empty files in the own folder, whatever their names; their sizes cost nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
  try {
    const outputs = [
      'plain.fits',
      { name: 'big.fits', bytes: 5_112_425_635 },
      '/etc/absolute.html',
      '../../outside.txt',
      'a/b/../c.txt',
      'a',
      '..',
      '',
      'x'.repeat(3_000),
    ];
    const trial = await runTransform(simulate, { params: { speed: 0 }, outputs, folder });
    expect(trial.outcome).toBe('finished');
    const work = trial.workFolder ?? '';
    expect(readdirSync(folder)).toHaveLength(1);
    const found = readdirSync(work, { recursive: true }).map(String).sort();
    expect(found).toEqual(
      ['a', 'a/b', 'a/b/c.txt', 'big.fits', 'etc', 'etc/absolute.html', 'outside.txt', 'plain.fits'].sort(),
    );
    expect((await stat(join(work, 'big.fits'))).size).toBe(0);
    // `a` is a folder by now, `..` and `` name nothing, the last is too long.
    expect(trial.logs).toHaveLength(4);
    expect(existsSync(join(folder, '..', 'outside.txt'))).toBe(false);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['a.txt', 'a.txt'],
  ['/b6/e9/a.html', 'b6/e9/a.html'],
  ['../../etc/passwd', 'etc/passwd'],
  ['a/./b//c', 'a/b/c'],
  ['..\\..\\a', 'a'],
  ['../..', null],
  ['/', null],
])('%j comes to stand at %j', (name, place) => {
  expect(placeWithin(name)).toBe(place);
});
