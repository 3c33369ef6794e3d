import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readSitesFile } from './sites-file.js';

const read = (text: string) => readSitesFile(Buffer.from(text));

test('the example is good, and says what it says', async () => {
  const file = await readSitesFile(readFileSync(new URL('../../../../examples/sites/rubin.yaml', import.meta.url)));
  expect('sites' in file && file.sites.map(({ name }) => name)).toEqual(['USDF', 'FrDF', 'UKDF']);
});

test('JSON is read like YAML', async () => {
  expect(await read('{"sites": [{"name": "A", "pullCores": 8, "tags": {"x": "y"}}]}')).toEqual({
    sites: [{ name: 'A', pullCores: 8, tags: { x: 'y' } }],
  });
});

test.each<[string, string, object]>([
  [
    'an unknown field',
    'sites:\n  - name: A\n    pullCore: 8\n',
    { code: 'UNKNOWN_FIELD', where: 'line 3, column 5 (/sites/0/pullCore)', remedy: /Did you mean "pullCores"/ },
  ],
  ['no name', 'sites:\n  - state: open\n', { code: 'MISSING_FIELD', remedy: /docs\/sites\.md/ }],
  [
    'a state that is none',
    'sites: [{name: A, state: shut}]',
    { code: 'RANGE', remedy: /"open", "draining", "stopped"/ },
  ],
  ['a ceiling of 0', 'sites: [{name: A, pullMemoryMib: 0}]', { code: 'RANGE', where: /\/sites\/0\/pullMemoryMib/ }],
  ['a name in two lines', 'sites: [{name: "A\\nB"}]', { code: 'BAD_TYPE' }],
  ['the same site twice', 'sites: [{name: A}, {name: B}, {name: A}]', { code: 'DUPLICATE_NAME', where: /\/sites\/2/ }],
  ['no YAML', 'sites: [', { code: 'BAD_SYNTAX', where: /line 1/ }],
  ['a list at the top', '- name: A', { code: 'BAD_TYPE' }],
  ['nothing', '', { code: 'BAD_TYPE' }],
])('%s is refused with its place and remedy', async (_what, text, expected) => {
  const file = await read(text);
  const errors = 'refusal' in file ? file.refusal.errors : [];
  const matching = Object.fromEntries(
    Object.entries(expected).map(([key, value]: [string, unknown]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]),
  );
  expect(errors).toContainEqual(expect.objectContaining(matching));
  expect(errors[0]?.remedy).not.toBe('');
});

test('every fault is told at once', async () => {
  const file = await read('sites:\n  - name: A\n    state: shut\n  - pullCores: x\n');
  expect('refusal' in file && file.refusal.errors.map(({ where }) => where)).toEqual([
    'line 3, column 5 (/sites/0/state)',
    expect.stringContaining('/sites/1'),
    expect.stringContaining('/sites/1'),
  ]);
});

test('what is not UTF-8 is refused', async () => {
  expect('refusal' in (await readSitesFile(Uint8Array.from([0x73, 0xff])))).toBe(true);
});
