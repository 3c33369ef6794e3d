import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scanJson } from './json-scan.js';
import { lineAndColumn, readJson } from './json-text.js';

function faults(text: string): string[] {
  const read = readJson(text);
  return 'faults' in read ? read.faults.map(({ code, pointer, offset }) => `${code} ${pointer} ${offset}`) : [];
}

test.each([
  ['', 'BAD_SYNTAX  0'],
  ['{"a":1,}', 'BAD_SYNTAX  7'],
  ['{"a":NaN}', 'BAD_SYNTAX /a 5'],
  ['{"a":-Infinity}', 'BAD_SYNTAX /a 5'],
  ['[1,2', 'BAD_SYNTAX  4'],
  ['{"a" 1}', 'BAD_SYNTAX  5'],
  ["{'a':1}", 'BAD_SYNTAX  1'],
  ['{"a":"x', 'BAD_SYNTAX /a 5'],
  ['["a\u0001"]', 'BAD_SYNTAX /0 1'],
  ['["\\x"]', 'BAD_SYNTAX /0 1'],
  ['[01]', 'BAD_SYNTAX /0 1'],
  ['{} {}', 'BAD_SYNTAX  3'],
  ['// hi', 'BAD_SYNTAX  0'],
  ['{"a":1,"b":{"c":1,"c":2}}', 'DUPLICATE_KEY /b/c 18'],
  ['{"a":1,"\\u0061":2}', 'DUPLICATE_KEY /a 7'],
  ['{"a":":\\":","a":1}', 'DUPLICATE_KEY /a 12'],
  ['{"__proto__":1,"__proto__":2}', 'DUPLICATE_KEY /__proto__ 15'],
  ['[1e999]', 'RANGE /0 1'],
  ['[9007199254740993]', 'RANGE /0 1'],
  ['[-9007199254740993]', 'RANGE /0 1'],
  ['['.repeat(33) + ']'.repeat(33), `TOO_LARGE ${'/0'.repeat(32)} 32`],
])('JSON.parse is silent or vague about %s, we are not', (text, expected) => {
  expect(faults(text)).toEqual([expected]);
});

test.each(['-0', '1e34', '0.1', '9007199254740991', '{"a":"\\"x\\":1","b":[{"a":{}}]}', ' \n[]\r\n'])(
  '%s is taken as it is',
  (text) => {
    expect(readJson(text)).toEqual({ value: JSON.parse(text) as unknown });
  },
);

test('text nested five million deep is refused, not a crash', () => {
  expect(faults('['.repeat(5_000_000))[0]).toMatch(/^TOO_LARGE/);
});

test('lines and columns count from 1', () => {
  expect(lineAndColumn('{\n "a": x', 8)).toEqual({ line: 2, column: 7 });
  expect(lineAndColumn('\n\n', 1)).toEqual({ line: 2, column: 1 });
});

test('the scan finds bad syntax exactly where JSON.parse refuses', () => {
  const seed = Date.now();
  const damaged = fc
    .tuple(
      fc.json({ maxDepth: 4 }),
      fc.nat(),
      fc.constantFrom('', '"', ',', '{', ']', '\\', 'e', '.', '-', '0', '\n', 'u'),
    )
    .map(([json, at, by]) => {
      const cut = at % (json.length + 1);
      return json.slice(0, cut) + by + json.slice(cut + (at % 2));
    });
  fc.assert(
    fc.property(damaged, (text) => {
      const isBad = scanJson(text).some(({ code }) => code === 'BAD_SYNTAX');
      expect([text, isBad]).toEqual([text, !parses(text)]);
    }),
    { seed, numRuns: 3_000 },
  );
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
