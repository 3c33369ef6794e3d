// Goal: nobody adds a room to the house without saying what it may import.
import { expect, test } from '@jest/globals';
import { homeOf, topFolders } from '#house';
import { foldersIn, textOf } from './repository.js';

test('every folder at the top is listed', () => {
  expect(foldersIn('.').filter((folder) => !topFolders.includes(folder))).toEqual([]);
});

test.each(['apps', 'libs', 'transforms'])('every folder of %s has a line in the table of imports', (parent) => {
  const unlisted = foldersIn(parent).filter((folder) => homeOf(`${parent}/${folder}/src/x.ts`) === null);
  expect(unlisted).toEqual([]);
});

test('every folder of libs has a line in ARCHITECTURE.md', () => {
  const text = textOf('ARCHITECTURE.md');
  expect(foldersIn('libs').filter((folder) => !text.includes(`| libs/${folder} |`))).toEqual([]);
});

test('a folder that nobody listed is noticed', () => {
  expect(homeOf('libs/surprise/src/x.ts')).toBeNull();
  expect(homeOf('apps/surprise/src/main.ts')).toBeNull();
});
