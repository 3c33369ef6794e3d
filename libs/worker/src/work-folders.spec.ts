import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trialJob } from './trial-job.js';
import { WorkFolders } from './work-folders.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-folders-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const left = () => readdirSync(join(root, 'attempts', 'w-aaaaaaaaaa')).sort();
async function fail(folders: WorkFolders, ordinal: number, files: Record<string, number>): Promise<void> {
  const folder = await folders.make(trialJob(ordinal));
  for (const [name, mib] of Object.entries(files)) writeFileSync(join(folder, name), Buffer.alloc(mib * 2 ** 20, 1));
  await folders.settle({ folder, finished: false, log: [] });
}

test('of failed attempts the newest stay, by number', async () => {
  const folders = new WorkFolders(root, 'failed', { folders: 3, mib: 1_000 });
  for (let ordinal = 0; ordinal < 6; ordinal += 1) await fail(folders, ordinal, {});
  expect(left()).toEqual(['3.1', '4.1', '5.1']);
});

test('of failed attempts the newest stay, by size', async () => {
  const folders = new WorkFolders(root, 'failed', { folders: 100, mib: 5 });
  for (let ordinal = 0; ordinal < 4; ordinal += 1) await fail(folders, ordinal, { stdout: 2 });
  expect(left()).toEqual(['2.1', '3.1']);
});

test('of a folder larger than the bound its logs stay', async () => {
  const folders = new WorkFolders(root, 'failed', { folders: 100, mib: 5 });
  await fail(folders, 0, { stdout: 1, stderr: 1, core: 8 });
  expect(readdirSync(join(root, 'attempts', 'w-aaaaaaaaaa', '0.1')).sort()).toEqual(['stderr', 'stdout']);
});

test('folders that an earlier worker left count, oldest first, and none that an attempt works in goes', async () => {
  for (const [name, day] of [
    ['7.1', 2],
    ['8.1', 1],
  ] as const) {
    const folder = join(root, 'attempts', 'w-aaaaaaaaaa', name);
    mkdirSync(folder, { recursive: true });
    utimesSync(folder, day * 86_400, day * 86_400);
  }
  const folders = new WorkFolders(root, 'failed', { folders: 2, mib: 1_000 });
  await folders.make(trialJob(1));
  await fail(folders, 2, {});
  expect(left()).toEqual(['1.1', '2.1', '7.1']);
});

test('many that end at once are each kept or let go', async () => {
  const folders = new WorkFolders(root, 'failed', { folders: 5, mib: 1_000 });
  await Promise.all(Array.from({ length: 40 }, (_, ordinal) => fail(folders, ordinal, {})));
  expect(left()).toHaveLength(5);
});
