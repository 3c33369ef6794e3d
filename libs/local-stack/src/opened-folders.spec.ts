// Goal: jobs of a person's own stack see where the person works, and nothing that is nobody's business.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderView, hiddenPaths, openedFoldersFile, openFolders, openTools, toolFolders } from './opened-folders.js';

const places = { home: '/home/ann', stateDir: '/home/ann/sluice/.sluice', checkout: '/home/ann/sluice' };

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-opened-')));
  mkdirSync(join(folder, 'state'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const made = (name: string): string => {
  mkdirSync(join(folder, name), { recursive: true });
  return join(folder, name);
};
const opened = (): string => readFileSync(openedFoldersFile(join(folder, 'state')), 'utf8');

test.each([
  '/',
  '/home',
  '/home/ann',
  '/home/ann/.ssh',
  '/home/ann/.config/lsst',
  '/tmp',
  '/etc/cron.d',
  '/usr/local/src',
  '/home/ann/sluice/.sluice/workers',
  '/data/a:b',
])('%s is not opened, and it is said why', (path) => {
  expect(folderView(path, places)).toEqual({ path, refusal: expect.stringMatching(/hidden|system|colon/) });
});

test.each([
  ['/home/ann/analysis', true],
  ['/home/ann/a/.venv', true],
  ['/scratch/ann', true],
  // What Sluice runs from would be run again, outside.
  ['/home/ann/sluice', false],
  ['/home/ann/sluice/examples', false],
])('%s is opened; writable: %s', (path, writable) => {
  expect(folderView(path, places)).toEqual({ path, writable });
});

test('a folder that holds the checkout, or the state folder deeper down, is read-only', () => {
  const apart = { home: '/home/ann', stateDir: '/data/run/state', checkout: '/opt/src/sluice' };
  expect(folderView('/data/run', apart)).toMatchObject({ writable: true });
  expect(folderView('/data/run/state', apart)).toMatchObject({ refusal: expect.anything() });
  const deeper = { ...apart, stateDir: '/data/run/a/state', checkout: '/data/src/sluice' };
  expect(folderView('/data/run', deeper)).toMatchObject({ writable: false });
  expect(folderView('/data/src', deeper)).toMatchObject({ writable: false });
});

test('folders are told to the workers once each, in a file of the user alone, and one that is not there not at all', () => {
  const [a, b] = [made('a'), made('b')];
  openFolders(join(folder, 'state'), [a, join(folder, 'gone')]);
  openFolders(join(folder, 'state'), [a, b]);
  expect(opened()).toBe(`rw ${a}\nrw ${b}\n`);
  expect(statSync(openedFoldersFile(join(folder, 'state'))).mode & 0o077).toBe(0);
});

test('a start forgets the oldest folders; one that is used again is new', () => {
  const all = Array.from({ length: 70 }, (_, at) => made(`f${at}`));
  for (const path of [...all, all[0] ?? '']) openFolders(join(folder, 'state'), [path]);
  openTools(join(folder, 'state'), '');
  const kept = opened().trimEnd().split('\n');
  expect([kept.length, kept.at(-1), kept[0]]).toEqual([64, `rw ${all[0]}`, `rw ${all[7]}`]);
});

test('of PATH the environments of a home are shown, and of its dot folders only the programs', () => {
  for (const name of ['conda/bin', 'conda/lib', '.local/bin', '.local/lib', 'py/3.12/bin', 'py/3.12/lib']) made(name);
  for (const name of ['work/venv/bin', 'work/venv/lib', 'bin', '.pyenv/shims']) made(name);
  writeFileSync(join(folder, 'work/venv/pyvenv.cfg'), `home = ${folder}/py/3.12/bin\nversion = 3.12.1\n`);
  const names = ['conda/bin', '.local/bin', 'work/venv/bin', 'bin', '.pyenv/shims', 'gone'].map((name) =>
    join(folder, name),
  );
  const shown = toolFolders(['/usr/bin', ...names, 'relative'].join(':'), folder);
  expect(shown.map((path) => path.slice(folder.length + 1))).toEqual([
    ...['conda', '.local/bin', 'work/venv', 'py/3.12', 'bin', '.pyenv'],
  ]);
});

test('keys of the home and all of the state folder are hidden', () => {
  for (const name of ['.ssh', '.aws', 'analysis']) made(name);
  expect(hiddenPaths(join(folder, 'state'), folder)).toEqual(
    ['state', '.ssh', '.aws'].map((name) => join(folder, name)),
  );
});
