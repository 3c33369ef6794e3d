import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import type { DocumentError } from '#contracts';
import type { RawJob } from './job-line.js';
import type { OpenDocument } from './open-document.js';
import { readDocument } from './read-document.js';
import { DocumentRefused } from './refusal.js';

const header = { apiVersion: 'sluice/v1', name: 'w' };
const jobs = [{ name: 'a' }, { name: 'b', after: [0] }];
const ndjson = [header, ...jobs].map((value) => JSON.stringify(value)).join('\n');
const yaml = 'apiVersion: sluice/v1\nname: w\njobs:\n  - name: a\n  - name: b\n    after: [0]\n';

const open = (text: string | Buffer): Promise<OpenDocument> => readDocument(Readable.from([Buffer.from(text)]));

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

async function jobsOf(document: OpenDocument): Promise<RawJob[]> {
  return (await allOf(document.jobs)).flat();
}

/** Errors of a document, whether they show when it is opened or when its jobs are read. */
async function errorsOf(text: string | Buffer): Promise<DocumentError[]> {
  try {
    const found = await jobsOf(await open(text));
    return found.flatMap((job) => ('errors' in job ? job.errors : []));
  } catch (error) {
    if (error instanceof DocumentRefused) return error.refusal.errors;
    throw error;
  }
}

const codesOf = async (text: string | Buffer): Promise<string[]> =>
  (await errorsOf(text)).map(({ code, where }) => `${code} ${where}`);

test.each([
  ['ndjson', ndjson, 'line 3'],
  ['ndjson', `\uFEFF\n${ndjson}\r\n\n`, 'line 4'],
  ['json', JSON.stringify({ ...header, jobs }), '/jobs/1'],
  ['json', JSON.stringify({ ...header, jobs }, null, 2), '/jobs/1'],
  ['yaml', yaml, 'line 5'],
])('%s is known by what it holds, plain or gzip', async (format, text, where) => {
  for (const bytes of [Buffer.from(text), gzipSync(text)]) {
    const document = await open(bytes);
    expect(document).toMatchObject({ format, header });
    const found = await jobsOf(document);
    expect(found).toHaveLength(2);
    expect(found[1]).toMatchObject({ where, value: jobs[1] });
  }
});

test('lines of NDJSON come along as they were written', async () => {
  const line = '{ "name" : "a" } ';
  expect(await jobsOf(await open(`${JSON.stringify(header)}\n${line}`))).toMatchObject([{ text: line }]);
});

test('a document cut into single bytes reads the same', async () => {
  const bytes = Buffer.from(ndjson.replace('"b"', '"é🔭"'));
  const document = await readDocument(Readable.from(Array.from(bytes, (byte) => Buffer.from([byte]))));
  expect((await jobsOf(document))[1]).toMatchObject({ value: { name: 'é🔭' } });
});

test('a document is opened by its path, and a missing one is an error of the file system', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'documents-'));
  try {
    await writeFile(join(folder, 'w.txt'), ndjson);
    expect(await jobsOf(await readDocument(join(folder, 'w.txt')))).toHaveLength(2);
    await expect(readDocument(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['', 'BAD_SYNTAX line 1'],
  [' \n\n', 'BAD_SYNTAX line 1'],
  ['{"apiVersion":"sluice/v1","name":NaN}', 'BAD_SYNTAX line 1, column 34'],
  ['{\n  "name": "w",\n}', 'BAD_SYNTAX line 3, column 1'],
  ['{"name":"w","name":"v"}\n', 'DUPLICATE_KEY line 1, column 13'],
  ['{"apiVersion":"sluice/v1",\n"jobs":[{"name":"a","vars":{"x":"1","x":"2"}}]}', 'DUPLICATE_KEY line 2, column 37'],
  ['{"jobs":[],"x":1e999}', 'RANGE line 1, column 16'],
  ['{"jobs":{}}', 'BAD_TYPE line 1, column 2 (/jobs)'],
  [`${JSON.stringify(header)}\n{"name":"a"\n`, 'BAD_SYNTAX line 2, column 12'],
  [`${JSON.stringify(header)}\n{"name":"a","name":"b"}`, 'DUPLICATE_KEY line 2, column 13'],
  [`${JSON.stringify(header)}\n\n{"name":"a","params":9007199254740993}`, 'RANGE line 3, column 22'],
  [Buffer.from(`${JSON.stringify(header)}\n{"name":"\xff"}\n`, 'latin1'), 'BAD_SYNTAX line 2'],
  [Buffer.from('name: \xff', 'latin1'), 'BAD_SYNTAX /'],
  [gzipSync(ndjson).subarray(0, 40), 'BAD_SYNTAX /'],
  ['name: w\nname: v\n', 'DUPLICATE_KEY line 2, column 1'],
  ['name: "w\n', 'BAD_SYNTAX line 2, column 1'],
  ['name: w\n\tjobs: 3\n', 'BAD_SYNTAX line 2, column 1'],
  ['a: !!js/function x\n', 'BAD_SYNTAX line 1, column 4'],
  ['a: !secret x\n', 'BAD_SYNTAX line 1, column 4'],
  ['a: *nowhere\n', 'BAD_SYNTAX /'],
  ['a: 1\n---\nb: 2\n', 'BAD_SYNTAX line 2, column 1'],
  ['name: w\nx: 9007199254740993\n', 'RANGE line 2, column 4'],
])('a text is refused with its place: %#', async (text, expected) => {
  expect(await codesOf(text)).toEqual([expected]);
});

test('a bad line does not hide the next one', async () => {
  const text = [JSON.stringify(header), '{', '{"name":"a"}', '[', ''].join('\n');
  expect(await codesOf(text)).toEqual(['BAD_SYNTAX line 2, column 2', 'BAD_SYNTAX line 4, column 2']);
});

test('a JSON document on one line of 3 MiB opens within 5 s', async () => {
  const text = JSON.stringify({
    ...header,
    jobs: Array.from({ length: 30_000 }, (_, i) => ({ name: `a${i}`, label: 'x'.repeat(70) })),
  });
  const blocks = Array.from({ length: Math.ceil(text.length / 65_536) }, (_, i) =>
    text.slice(i * 65_536, (i + 1) * 65_536),
  );
  const beganMs = performance.now();
  const document = await readDocument(Readable.from(blocks.map((block) => Buffer.from(block))));
  expect(document.format).toBe('json');
  expect(performance.now() - beganMs).toBeLessThan(5_000);
});

test('a line of more than 4 MiB is refused, with or without an end', async () => {
  const long = `{"name":"${'x'.repeat(5 * 1024 * 1024)}"}`;
  expect(await codesOf(`${JSON.stringify(header)}\n${long}`)).toEqual(['TOO_LARGE line 2']);
  expect(await codesOf(`${JSON.stringify(header)}\n${long}\n`)).toEqual(['TOO_LARGE line 2']);
});

test('JSON of 3 MB on one line is read in linear time, whatever its blocks are', async () => {
  const whole = {
    ...header,
    jobs: Array.from({ length: 60_000 }, (_, i) => ({ name: `job_${i}`, label: 'some label' })),
  };
  const bytes = Buffer.from(JSON.stringify(whole));
  const blocks = Array.from({ length: 100 }, (_, i) =>
    bytes.subarray((i * bytes.length) / 100, ((i + 1) * bytes.length) / 100),
  );
  const beganMs = performance.now();
  const document = await readDocument(Readable.from(blocks));
  expect(await jobsOf(document)).toHaveLength(60_000);
  expect(performance.now() - beganMs).toBeLessThan(5_000);
});

test.each([
  [
    'its header',
    Buffer.concat([
      Buffer.from('\n{"apiVersion":"sluice/v1","name":"a'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"name":"a"}'),
    ]),
    'line 2',
  ],
  [
    'a job',
    Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n{"name":"a`), Buffer.from([0xff]), Buffer.from('"}')]),
    'line 2',
  ],
])('NDJSON with bytes in %s that are not UTF-8 is refused, not read as other characters', async (_, bytes, where) => {
  expect(await errorsOf(bytes)).toMatchObject([{ code: 'BAD_SYNTAX', where }]);
});

test.each([
  ['params: 0x20000000000001E', 'RANGE line 1, column 9'],
  ['params: 0xFFFFFFFFFFFFFFFF', 'RANGE line 1, column 9'],
  ['params: 1e34', ''],
  ['1: a\n"1": b', 'DUPLICATE_KEY line 2, column 1'],
  ['null: a\n"": b', 'BAD_TYPE line 1, column 1'],
  ['x: { [a]: b }', 'BAD_TYPE line 1, column 6'],
  ['? { a: b }\n: c', 'BAD_TYPE line 1, column 3'],
])('YAML that would be read as something else is refused: %s', async (text, found) => {
  const errors = await errorsOf(text);
  expect(errors.map(({ code, where }) => `${code} ${where}`).join()).toBe(found);
});

test('a message about YAML does not repeat pages of the text', async () => {
  const text = `a: !!${'x'.repeat(5_000)} b`;
  const errors = await errorsOf(text);
  expect(errors.length).toBeGreaterThan(0);
  for (const { message } of errors) expect(message.length).toBeLessThan(400);
});

test('a message about YAML holds nothing that a terminal obeys', async () => {
  for (const { message } of await errorsOf('a: b\n  }\u001b[2J  c: "\u202e')) expect(message).toMatch(/^[ -~]+$/);
});

test('an alias bomb is refused at once', async () => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i}: &l${i} [${i ? `*l${i - 1},`.repeat(10) : '"lol"'}]`);
  expect(await codesOf(`${levels.join('\n')}\n`)).toEqual(['TOO_LARGE /']);
});

test('an anchor that a thousand jobs share is no bomb', async () => {
  const text = `apiVersion: sluice/v1\nx: &v { node: "1" }\njobs:\n${'- { name: a, vars: *v }\n'.repeat(1_000)}`;
  expect(await jobsOf(await open(text))).toHaveLength(1_000);
});

test.each(['[', '{a: ', '- '])('YAML nested a hundred thousand deep by %s is refused at once', async (opening) => {
  expect(await codesOf(`a:\n  ${opening.repeat(100_000)}`)).toEqual(['TOO_LARGE /']);
});

test('YAML says what it means: yes is a text, dates are texts, 0o17 is a number', async () => {
  expect(await open('a: yes\nb: 2026-11-22\nc: 0o17\nd: ~\n')).toMatchObject({
    header: { a: 'yes', b: '2026-11-22', c: 15, d: null },
  });
});

test('__proto__ in JSON, NDJSON and YAML changes no object', async () => {
  for (const text of ['{"__proto__":{"bad":1},"jobs":[]}', '{"__proto__":{"bad":1}}\n', '__proto__: { bad: 1 }\n']) {
    const document = await open(text);
    expect(Object.hasOwn(document.header as object, '__proto__')).toBe(true);
    expect((document.header as { bad?: number }).bad).toBeUndefined();
  }
  expect(({} as { bad?: number }).bad).toBeUndefined();
});
