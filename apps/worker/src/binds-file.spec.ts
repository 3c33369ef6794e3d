import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BindsFile } from './binds-file.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-binds-')));
  for (const name of ['a/b', 'c', 'secret']) mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const write = (...lines: string[]): void => writeFileSync(at('binds'), lines.map((line) => `${line}\n`).join(''));

test('what the file says is shown at once, with what holds anyway, and nothing when there is no file', () => {
  const given = { path: at('c'), writable: false };
  const binds = new BindsFile(at('binds'), [given]);
  expect(binds.read()).toEqual([given]);
  write(`ro ${at('a')}`);
  expect(binds.read()).toEqual([{ path: at('a'), writable: false }, given]);
  write(`ro ${at('a')}`, `rw ${at('secret')}`, 'nonsense');
  expect(binds.read()).toEqual([{ path: at('a'), writable: false }, { path: at('secret'), writable: true }, given]);
});

test('a folder within one that jobs may write is not shown by itself, whoever opened that one', () => {
  write(`rw ${at('a/b')}`, `rw ${at('a')}`);
  expect(new BindsFile(at('binds'), []).read()).toEqual([{ path: at('a'), writable: true }]);
  write(`rw ${at('a/b')}`);
  expect(new BindsFile(at('binds'), [{ path: at('a'), writable: true }]).read()).toHaveLength(1);
});

test('a folder that holds one given by hand is read-only: jobs could put a link in its place', () => {
  write(`rw ${at('a')}`);
  const given = { path: at('a/b'), writable: false };
  expect(new BindsFile(at('binds'), [given]).read()).toEqual([{ path: at('a'), writable: false }, given]);
});

test('a folder that was removed, or replaced by a link, is not followed', () => {
  write(`rw ${at('a/b')}`, `rw ${at('c')}`);
  const binds = new BindsFile(at('binds'), []);
  expect(binds.read()).toHaveLength(2);
  rmSync(at('c'), { recursive: true });
  renameSync(at('a'), at('aside'));
  mkdirSync(at('a'));
  symlinkSync(at('secret'), at('a/b'));
  expect(binds.read()).toEqual([]);
});
