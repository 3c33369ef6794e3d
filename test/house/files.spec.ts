// Goal: files stay readable and are named by what they are.
import { expect, test } from '@jest/globals';
import { builtSql, longFiles } from '#house';
import { filesBelow, textOf } from './repository.js';

const linesMax = 500;
const forbiddenWords = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'new', 'old', 'v2', 'misc']);

const files = filesBelow();
const sources = files.filter((file) => /\.(ts|mts|mjs|js|sql)$/.test(file) && !file.includes('/generated/'));

const lineCount = (file: string): number => textOf(file).split('\n').length - 1;

const wordsOf = (path: string): string[] =>
  path.split('/').flatMap((part) => part.replace(/\..*$/, '').toLowerCase().split(/[-_]/));

test(`a source over ${linesMax} lines has its reason in scripts/house.mjs`, () => {
  const long = sources.filter((file) => lineCount(file) > linesMax && !(file in longFiles));
  expect(long.map((file) => `${file}: ${lineCount(file)} lines`)).toEqual([]);
});

test('every exception in scripts/house.mjs is still needed', () => {
  const known = new Set(sources);
  expect(Object.keys(builtSql).filter((file) => !known.has(file))).toEqual([]);
  expect(Object.keys(longFiles).filter((file) => !known.has(file) || lineCount(file) <= linesMax)).toEqual([]);
});

test('no path says utils, helpers, common, manager, new or v2', () => {
  expect(files.filter((file) => wordsOf(file).some((word) => forbiddenWords.has(word)))).toEqual([]);
});

test('TypeScript files are kebab-case, SQL files are snake_case', () => {
  const odd = sources.filter((file) => {
    const name = file.split('/').at(-1) ?? '';
    if (name.endsWith('.sql')) return !/^[a-z0-9_]+\.sql$/.test(name);
    return name.endsWith('.ts') && !/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(name);
  });
  expect(odd).toEqual([]);
});

test('a migration says whether the version before still runs on its schema', () => {
  const silent = files
    .filter((file) => file.startsWith('libs/adapter-postgres/sql/migrations/'))
    .filter((file) => !/^-- (compatible|breaking)$/.test(textOf(file).split('\n')[0] ?? ''));
  expect(silent).toEqual([]);
});

test('a statement opens with a comment that says what it is for', () => {
  const bare = files
    .filter((file) => file.startsWith('libs/adapter-postgres/sql/queries/'))
    .filter((file) => !textOf(file).startsWith('-- '));
  expect(bare).toEqual([]);
});

test('no eslint rule is switched off in a file', () => {
  const mark = ['eslint', 'disable'].join('-');
  expect(sources.filter((file) => !file.startsWith('scripts/') && textOf(file).includes(mark))).toEqual([]);
});
