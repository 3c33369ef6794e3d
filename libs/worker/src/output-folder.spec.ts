import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { noIsolation, type Bind } from '#transform-sdk';
import { confinedTo, makeOutputFolder } from './output-folder.js';

const rw = (path: string): Bind => ({ path, writable: true });
const ro = (path: string): Bind => ({ path, writable: false });
const seenWith = (prefix: string, ...binds: Bind[]): readonly Bind[] =>
  confinedTo(prefix, { ...noIsolation, binds }).binds;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-output-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('of what may be written only what lies below the prefix is seen; what is bound for reading stays, in its order', () => {
  expect(seenWith('/data/ann', rw('/data'))).toEqual([rw('/data/ann')]);
  expect(seenWith('/data/ann/', ro('/cal'), rw('/data'), ro('/data/shared'))).toEqual([
    ro('/cal'),
    rw('/data/ann'),
    ro('/data/shared'),
  ]);
  expect(seenWith('/data/ann', rw('/data/ann'))).toEqual([rw('/data/ann')]);
  expect(seenWith('/data', rw('/data/ann'), rw('/data/bob'))).toEqual([rw('/data/ann'), rw('/data/bob')]);
  expect(seenWith('/data/ann', rw('/scratch'), rw('/data/anna'))).toEqual([]);
  expect(seenWith('/data/ann', ro('/data'))).toEqual([ro('/data')]);
  expect(seenWith('s3://bucket/ann', rw('/data'), ro('/cal'))).toEqual([ro('/cal')]);
  expect(seenWith('/data/../etc', rw('/data'))).toEqual([]);
  expect(seenWith('/', rw('/data'))).toEqual([]);
});

test('the folder of a prefix is made below a bind that may be written, and may be there already', async () => {
  const prefix = join(folder, 'u', 'ann');
  await makeOutputFolder(prefix, [ro('/usr'), rw(folder)]);
  await makeOutputFolder(`${prefix}/`, [rw(folder)]);
  expect(lstatSync(prefix).isDirectory()).toBe(true);
  await makeOutputFolder(join(folder, 'v'), [ro(folder)]);
  await makeOutputFolder('s3://bucket/ann', [rw(folder)]);
  expect(existsSync(join(folder, 'v'))).toBe(false);
});

test('a link on the way is not followed, wherever it leads', async () => {
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'u'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'v'));
  for (const prefix of ['u', 'u/ann', 'v', 'v/ann'])
    await expect(makeOutputFolder(join(folder, prefix), [rw(folder)])).rejects.toMatchObject({ reason: 'site' });
  expect(existsSync(join(folder, 'elsewhere', 'ann'))).toBe(false);
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
});
