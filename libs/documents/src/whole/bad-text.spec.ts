// Goal: text that means harm, or comes from a broken program, is refused or kept exactly; it never crashes, hangs or changes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import { checkDocument } from './check-document.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-bad-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

const header = '{"apiVersion":"sluice/v1","name":"bad","templates":{"t":{"transform":"noop"}}}';
const json = (jobs: string, more = ''): string =>
  `{"apiVersion":"sluice/v1","name":"bad",${more}"templates":{"t":{"transform":"noop"}},"jobs":[${jobs}]}`;
const params = (value: string): string => json(`{"name":"a","params":${value}}`);
const named = (name: string): string => json(`{"name":"${name}"}`);
const yaml = (more: string, jobs = '[{name: a}]'): string =>
  `apiVersion: sluice/v1\nname: bad\ntemplates: {t: {transform: noop}}\n${more}\njobs: ${jobs}\n`;
const deep = (levels: number, open: string, close: string): string => open.repeat(levels) + close.repeat(levels);
const million = 1_000_000;
const mib = 1024 * 1024;

const aliases = Array.from({ length: 12 }, (_, i) =>
  i === 0
    ? '  a0: &a0 [x,x,x,x,x,x,x,x,x,x]'
    : `  a${i}: &a${i} [${Array<string>(10)
        .fill(`*a${i - 1}`)
        .join()}]`,
).join('\n');

const refused: [string, string | Buffer, ...string[]][] = [
  ['a billion laughs', yaml(`annotations:\n${aliases}`), 'TOO_LARGE'],
  ['an alias of itself', yaml('annotations: &x {y: *x}'), 'TOO_LARGE'],
  ['JSON 10^6 deep', params(deep(million, '[', ']')), 'TOO_LARGE'],
  ['JSON 10^6 objects deep', params(`${'{"a":'.repeat(million)}1${'}'.repeat(million)}`), 'TOO_LARGE'],
  ['JSON that only opens', '['.repeat(million), 'TOO_LARGE'],
  ['a line 10^6 deep', `${header}\n${`{"name":"a","params":${deep(million, '[', ']')}}`}`, 'TOO_LARGE'],
  ['YAML 10^6 deep', yaml(`annotations: {x: ${deep(million, '[', ']')}}`), 'TOO_LARGE'],
  ['YAML lists 10^6 deep', yaml(`annotations:\n  x: ${'- '.repeat(million)}a`), 'TOO_LARGE'],
  ['YAML keys 10^6 deep', yaml(`annotations:\n  ${'? '.repeat(million)}a`), 'TOO_LARGE'],
  ['NUL as it is', `${header}\n{"name":"a\0b"}`, 'BAD_SYNTAX'],
  ['NUL escaped', params('["a\\u0000"]'), 'BAD_TEXT'],
  ['NUL in YAML', yaml('annotations: {x: "a\\0b"}'), 'BAD_TEXT'],
  ['a lone surrogate', params('"\\ud800"'), 'BAD_TEXT'],
  ['a lone surrogate as a key', params('{"\\udc00":1}'), 'BAD_TEXT'],
  ['a lone surrogate in YAML', yaml('annotations: {x: "\\ud800"}'), 'BAD_TEXT'],
  ['a key twice', json('{"name":"a"}', '"name":"x",'), 'DUPLICATE_KEY'],
  ['a key twice, once escaped', params('{"x":1,"\\u0078":2}'), 'DUPLICATE_KEY'],
  ['a key twice in opaque depth', params('[{"q":{"x":1,"x":1}}]'), 'DUPLICATE_KEY'],
  ['a key twice in YAML', yaml('annotations: {x: 1, x: 2}'), 'DUPLICATE_KEY'],
  ['a number and a text as one key', yaml('annotations: {1: a, "1": b}'), 'DUPLICATE_KEY'],
  ['a truth and a text as one key', yaml('annotations: {true: a, "true": b}'), 'DUPLICATE_KEY'],
  ['a key that would read otherwise', yaml('annotations: {1.10: a}'), 'BAD_TYPE'],
  ['no key', yaml('annotations: {null: a}'), 'BAD_TYPE'],
  ['an object as a key', yaml('annotations:\n  ? {a: b}\n  : c'), 'BAD_TYPE'],
  [
    'templates that are one in NFC',
    header.replace('"t":', '"\u00e9":{"transform":"noop"},"e\u0301":'),
    'DUPLICATE_KEY',
    'EMPTY',
  ],
  ['NaN', params('NaN'), 'BAD_SYNTAX'],
  ['Infinity', params('Infinity'), 'BAD_SYNTAX'],
  ['1e999', params('1e999'), 'RANGE'],
  ['-1e999', params('[-1e999]'), 'RANGE'],
  ['1e400 where nothing reads it', json('{"name":"a","observed":{"runtimeSec":1e400}}'), 'RANGE'],
  ['2^53 + 1', params('9007199254740993'), 'RANGE'],
  ['2^53 + 1.0', params('9007199254740993.0'), 'RANGE'],
  ['.nan', yaml('annotations: {x: .nan}'), 'RANGE'],
  ['1e999 in YAML', yaml('annotations: {x: 1e999}'), 'RANGE'],
  ['2^53 + 1 in YAML', yaml('annotations: {x: 9007199254740993}'), 'RANGE'],
  ['2^53 + 1 in hexadecimal', yaml('annotations: {x: 0x20000000000001}'), 'RANGE'],
  ['__proto__', json('{"name":"a","vars":{"__proto__":"1"}}'), 'UNKNOWN_FIELD'],
  ['__proto__ in YAML', yaml('annotations: {__proto__: {x: 1}}'), 'UNKNOWN_FIELD'],
  ['a template that every object inherits', json('{"name":"a","template":"constructor"}'), 'UNKNOWN_TEMPLATE'],
  ['UTF-16', Buffer.from(`\ufeff${named('a')}`, 'utf16le'), 'BAD_SYNTAX'],
  ['Latin-1', Buffer.from(named('\u00e9'), 'latin1'), 'BAD_SYNTAX'],
  [
    'Latin-1 in the header line',
    Buffer.from(`${header.replace('bad', 'b\u00e9')}\n{"name":"a"}\n`, 'latin1'),
    'BAD_SYNTAX',
  ],
  ['Latin-1 in a line', Buffer.from(`${header}\n{"name":"\u00e9"}\n`, 'latin1'), 'BAD_SYNTAX'],
  ['line ends of carriage returns only', `${header}\r{"name":"a"}\r`, 'BAD_SYNTAX'],
  ['a gzip bomb', gzipSync(Buffer.alloc(300 * mib, '[')), 'TOO_LARGE'],
  ['a gzip bomb of blank lines', gzipSync(Buffer.alloc(100 * mib, '\n')), 'BAD_SYNTAX'],
  [
    'a gzip bomb in a line',
    gzipSync(Buffer.concat([Buffer.from(`${header}\n`), Buffer.alloc(100 * mib, 'a')])),
    'TOO_LARGE',
  ],
  ['a cut gzip', gzipSync(named('a')).subarray(0, 40), 'BAD_SYNTAX'],
  ['gzip and something after it', Buffer.concat([gzipSync(named('a')), Buffer.from('rest')]), 'BAD_SYNTAX'],
  ['nothing', '', 'BAD_SYNTAX'],
  ['blanks only', ' \n\t\r\n', 'BAD_SYNTAX'],
  ['a comment only', '# nothing\n', 'BAD_SYNTAX'],
  ['a list', '[{"name":"a"}]', 'BAD_TYPE'],
  ['a number', '5', 'BAD_TYPE'],
  ['a text', 'hello', 'BAD_TYPE'],
  ['a tag', yaml('annotations: {x: !!str 5}'), 'BAD_SYNTAX'],
  ['bytes by a tag', yaml('annotations: {x: !!binary aGk=}'), 'BAD_SYNTAX'],
  ['a tag that runs code', yaml('annotations: {x: !!js/function "x"}'), 'BAD_SYNTAX'],
  ['a merge key', yaml('', '[&j {name: a}, {<<: *j, name: b}]'), 'UNKNOWN_FIELD'],
  ['two YAML documents', `${yaml('')}---\n${yaml('')}`, 'BAD_SYNTAX'],
  ['another YAML', `%YAML 1.1\n---\n${yaml('annotations: {x: yes}')}`, 'BAD_SYNTAX'],
  ['a tab in YAML', 'apiVersion: sluice/v1\nname: x\njobs:\n\t- name: a\n', 'BAD_SYNTAX'],
  ['an octal number for a text', yaml('tags: {d: 0o17}'), 'BAD_TYPE'],
  ['a name that is a number', yaml('', '[{name: 007}]'), 'BAD_TYPE'],
  ['a name that is nothing', yaml('', '[{name: ~}]'), 'BAD_TYPE'],
  ...[0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x200b, 0x200d, 0x200f, 0x202e, 0x2028, 0x2062, 0x2067, 0x3164]
    .concat([0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xe0041, 0x85])
    .map((code): [string, string, string] => [
      `a name with U+${code.toString(16)}`,
      named(`a${String.fromCodePoint(code)}b`),
      'BAD_TEXT',
    ]),
  ['a name with an escape', named('a\\u001b[31mb'), 'BAD_TEXT'],
  ['names that are one in NFC', json('{"name":"\u00e9"},{"name":"e\u0301"}'), 'DUPLICATE_NAME'],
];

test.each(refused)('%s is refused', async (_, text, ...codes) => {
  const file = join(folder, 'refused');
  writeFileSync(file, text);
  const verdict = await checkDocument(file);
  const refusal = 'refusal' in verdict ? verdict.refusal : { errors: [], counts: {} };
  expect(Object.keys(refusal.counts).sort()).toEqual([...codes].sort());
  // What is printed cannot steer a terminal.
  for (const { message, remedy } of refusal.errors) expect(message + remedy).not.toMatch(/[\p{Cc}\p{DI}\u2028\u2029]/u);
});

test.each<[string, string | Buffer]>([
  ['a byte order mark', `\ufeff${named('a')}`],
  ['a byte order mark before YAML', `\ufeff${yaml('')}`],
  ['CR LF', `${header}\r\n{"name":"a"}\r\n`],
  ['a gzip of two members', Buffer.concat([gzipSync(`${header}\n`), gzipSync('{"name":"a"}\n')])],
  ['words that were truths in older YAML', yaml('tags: {a: yes, no: off, day: 2020-01-01, time: 12:30:45}')],
  ['names of what objects inherit', json('{"name":"constructor","vars":{"toString":"x"}}')],
  ['an emoji', named('\u{1f600}')],
  ['one line of JSON of 3 MiB', json(`{"name":"a","vars":{"x":"${'y'.repeat(3 * mib)}"}}`)],
])('%s is taken', async (_, text) => {
  const file = join(folder, 'taken');
  writeFileSync(file, text);
  expect(await checkDocument(file)).toMatchObject({ summary: { jobCount: 1 } });
});
