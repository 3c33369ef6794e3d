import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { StateFolderFault } from './stack-contract.js';
import { openStateFolder } from './state-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-state-folder-'));

afterAll(() => rmSync(folder, { recursive: true }));

test('a state folder is made with the folders above it, and opened again as it is', () => {
  const wanted = join(folder, 'a', 'b');
  expect(openStateFolder(wanted)).toBe(openStateFolder(wanted));
  expect(existsSync(wanted)).toBe(true);
});

test('a file where the state folder or one above it should be is refused by its name', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const place of [file, join(file, 'state')]) {
    expect(() => openStateFolder(place)).toThrow(StateFolderFault);
    expect(() => openStateFolder(place)).toThrow(place);
  }
});

// A recursive mkdirSync of Node 20 never returns there.
(process.platform === 'linux' ? test : test.skip)('a place where no folder can be made is refused at once', () => {
  expect(() => openStateFolder('/proc/nowhere/state')).toThrow(StateFolderFault);
});
