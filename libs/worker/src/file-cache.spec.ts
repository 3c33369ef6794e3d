import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileCache, WrongBytes, type BringFile } from './file-cache.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-cache-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const shaOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const bytesOf =
  (text: string): BringFile =>
  (draft) =>
    draft.append(Buffer.from(text));
const onDisk = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => readFileSync(join(each.parentPath, each.name), 'utf8'))
    .sort();

/** Uses a file. @returns what it held, and how often it was brought */
async function used(cache: FileCache, text: string, { space = 's', as = text } = {}): Promise<[string, number]> {
  let brought = 0;
  let held = '';
  const bring: BringFile = async (draft) => {
    brought += 1;
    await bytesOf(text)(draft);
  };
  const take = (path: string): Promise<void> => Promise.resolve(void (held = readFileSync(path, 'utf8')));
  await cache.use({ space, sha256: shaOf(as) }, { bring, take, signal });
  return [held, brought];
}

test('a file is brought once, also for many at once and for the worker after this one', async () => {
  const cache = new FileCache(folder, 1_000);
  const all = await Promise.all([used(cache, 'one'), used(cache, 'one'), used(cache, 'one')]);
  expect(all).toEqual([
    ['one', 1],
    ['one', 0],
    ['one', 0],
  ]);
  expect(await used(new FileCache(folder, 1_000), 'one')).toEqual(['one', 0]);
});

test('the same bytes of two spaces are two files', async () => {
  const cache = new FileCache(folder, 1_000);
  await used(cache, 'one', { space: 'a' });
  expect(await used(cache, 'one', { space: 'b' })).toEqual(['one', 1]);
});

test('what came wrong or broke off leaves nothing, and who waited for it tries by itself', async () => {
  const cache = new FileCache(folder, 1_000);
  await expect(used(cache, 'other', { as: 'one' })).rejects.toThrow(WrongBytes);
  const place = { space: 's', sha256: shaOf('one') };
  const broken = cache.use(place, {
    bring: async (draft) => {
      await draft.append(Buffer.from('on'));
      throw new Error('broke off');
    },
    take: () => Promise.resolve(),
    signal,
  });
  const waited = used(cache, 'one');
  await expect(broken).rejects.toThrow('broke off');
  expect(await waited).toEqual(['one', 1]);
  expect(onDisk()).toEqual(['one']);
});

test('what a dead worker drafted is removed', async () => {
  mkdirSync(join(folder, 'drafts'));
  writeFileSync(join(folder, 'drafts', 'half'), 'half of a fi');
  await used(new FileCache(folder, 1_000), 'one');
  expect(onDisk()).toEqual(['one']);
});

test('the least recently used goes first, never one in use', async () => {
  const cache = new FileCache(folder, 10);
  await used(cache, 'aaaa');
  await used(cache, 'bbbb');
  await used(cache, 'aaaa');
  await used(cache, 'cccc');
  expect(onDisk()).toEqual(['aaaa', 'cccc']);
  const place = { space: 's', sha256: shaOf('larger than all') };
  const take = async (path: string): Promise<void> => {
    await used(cache, 'dddd');
    expect(readFileSync(path, 'utf8')).toBe('larger than all');
  };
  await cache.use(place, { bring: bytesOf('larger than all'), take, signal });
  expect(onDisk()).not.toContain('larger than all');
});
