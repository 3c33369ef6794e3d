// Goal: one request submits a small document, in each form that the command line takes; what is refused leaves nothing behind.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import type { JobPage, UploadView, WorkflowPage } from '#contracts';
import { call, type Call, jsonOf, problemOf, until } from './gateway-trial.js';

const path = '/api/v1/workflows/submit';
const header = { apiVersion: 'sluice/v1', templates: { work: { transform: 'noop' } } };
const jobs = [{ name: 'a' }, { name: 'b', after: ['a'] }, { name: 'c', after: ['a'] }];
const lines = (name: string): string =>
  [{ ...header, name }, ...jobs].map((line) => `${JSON.stringify(line)}\n`).join('');
const yaml = (name: string): string =>
  `apiVersion: sluice/v1\nname: ${name}\ntemplates: {work: {transform: noop}}\njobs:\n- name: a\n- {name: b, after: [a]}\n- {name: c, after: [a]}\n`;

const send = (body: string | Buffer, type: string, headers: Record<string, string> = {}): Promise<Response> =>
  call('POST', path, { body: Buffer.from(body), headers: { 'content-type': type, ...headers } });
const sendJson = (json: object, more: Call = {}): Promise<Response> => call('POST', path, { json, ...more });
const keyed = (key: string): Call => ({ headers: { 'idempotency-key': key } });

const namesOf = async (id: string): Promise<string[]> =>
  (await jsonOf<JobPage>(call('GET', `/api/v1/workflows/${id}/jobs`))).jobs.map(({ name }) => name);
const called = async (name: string): Promise<number> =>
  (await jsonOf<WorkflowPage>(call('GET', `/api/v1/workflows?name=${name}`))).workflows.length;

test.each<[string, (name: string) => Promise<Response>]>([
  ['json', (name) => sendJson({ ...header, name, jobs })],
  ['lines', (name) => send(lines(name), 'application/x-ndjson')],
  ['yaml', (name) => send(yaml(name), 'application/yaml')],
  ['gzip', (name) => send(gzipSync(lines(name)), 'application/x-ndjson', { 'content-encoding': 'gzip' })],
])('a document as %s is a workflow at once', async (form, submit) => {
  const name = `whole-${form}`;
  const upload = await jsonOf<UploadView>(submit(name), 202);
  expect(upload).toMatchObject({ state: 'sealed', refusal: null });
  expect(await namesOf(upload.id)).toEqual(['a', 'b', 'c']);
  expect(await called(name)).toBe(1);
});

test('the same document under the same key is the same workflow, another one is refused', async () => {
  const key = randomUUID();
  const whole = { ...header, name: 'keyed', jobs };
  const { id } = await jsonOf<UploadView>(sendJson(whole, keyed(key)), 202);
  const again = await Promise.all([1, 2, 3].map(() => jsonOf<UploadView>(sendJson(whole, keyed(key)), 202)));
  expect(again.map((each) => [each.id, each.state])).toEqual(Array(3).fill([id, 'sealed']));
  const others = { ...whole, jobs: jobs.slice(0, 2) };
  expect(await problemOf(sendJson(others, keyed(key)))).toMatchObject({ code: 'upload/sealed-otherwise' });
  const otherHeader = { ...whole, name: 'keyed-otherwise' };
  expect(await problemOf(sendJson(otherHeader, keyed(key)))).toMatchObject({ code: 'idempotency-key/reused' });
  expect(await namesOf(id)).toEqual(['a', 'b', 'c']);
  expect(await called('keyed')).toBe(1);
});

test('requests with one key that come at the same time are one workflow', async () => {
  const whole = { ...header, name: 'at-once', jobs };
  const key = keyed(randomUUID());
  const ids = await Promise.all([1, 2, 3, 4].map(async () => (await jsonOf<UploadView>(sendJson(whole, key), 202)).id));
  expect(new Set(ids).size).toBe(1);
  await until(async () => (await called('at-once')) === 1);
});

/** Of WfFormat, without a program. */
const task = { id: 't', name: 't', parents: [], children: [] };

const refused: [string, () => Promise<Response>, number, string, string][] = [
  [
    'a job that is wrong',
    () => sendJson({ ...header, name: 'no', jobs: [{ name: 'a' }, { name: 'b', afer: [] }] }),
    ...([422, 'UNKNOWN_FIELD', '/jobs/1/afer'] as const),
  ],
  [
    'a line that is wrong',
    () => send(`${JSON.stringify({ ...header, name: 'no' })}\n{"name":"a"}\n{"name":7}\n`, 'application/x-ndjson'),
    ...([422, 'BAD_TYPE', 'line 3, /name'] as const),
  ],
  ['a job of YAML', () => send(`${yaml('no')}- {name: 7}\n`, 'application/yaml'), 422, 'BAD_TYPE', 'line 8, /name'],
  ['no jobs', () => sendJson({ ...header, name: 'no', jobs: [] }), 422, 'EMPTY', '/jobs'],
  ['no list of jobs', () => sendJson({ ...header, name: 'no' }), 422, 'EMPTY', '/jobs'],
  ['other counts', () => sendJson({ ...header, name: 'no', jobs, edgeCount: 9 }), 422, 'COUNT_MISMATCH', '/edgeCount'],
  ['a header that is wrong', () => sendJson({ ...header, name: '', jobs }), 422, 'BAD_NAME', '/name'],
  [
    'more jobs than a request takes',
    () => sendJson({ ...header, name: 'no', jobs: Array.from({ length: 20_001 }, (_, i) => ({ name: `j${i}` })) }),
    ...([422, 'TOO_LARGE', '/jobs'] as const),
  ],
  [
    'a gzip bomb',
    () => send(gzipSync(Buffer.alloc(100 * 1024 * 1024, '[')), 'application/json', { 'content-encoding': 'gzip' }),
    ...([422, 'TOO_LARGE', '/'] as const),
  ],
  ['much YAML', () => send(`${yaml('no')}${'# night\n'.repeat(40_000)}`, 'application/yaml'), 422, 'TOO_LARGE', '/'],
  ['no document', () => send('{"name":', 'application/json'), 400, 'BAD_SYNTAX', 'line 1, column 9'],
  [
    'a task whose program is not known',
    () => sendJson({ name: 'no', schemaVersion: '1.5', workflow: { specification: { tasks: [task] } } }),
    ...([422, 'MISSING_FIELD', '/workflow/specification/tasks/0'] as const),
  ],
];

test.each(refused)('%s is refused, and nothing is kept', async (_, submit, status, code, pointer) => {
  const problem = await problemOf(submit());
  expect(problem).toMatchObject({ status, code: 'document/refused' });
  expect(problem.errors?.map((each) => [each.code, each.pointer])).toContainEqual([code, pointer]);
  for (const { remedy } of problem.errors ?? []) expect(remedy).not.toBe('');
  expect(await called('no')).toBe(0);
});

test('a circle is told in the answer', async () => {
  const circle = [
    { name: 'a', after: ['b'] },
    { name: 'b', after: ['a'] },
  ];
  const problem = await problemOf(sendJson({ ...header, name: 'circle', jobs: circle }));
  expect(problem).toMatchObject({ status: 422, code: 'document/refused', errors: [{ code: 'CYCLE' }] });
  expect(await called('circle')).toBe(0);
});

test('what is no document by its type or its size is not read', async () => {
  expect(await problemOf(send('<a/>', 'application/xml'))).toMatchObject({ status: 415 });
  const over = send(Buffer.alloc(8 * 1024 * 1024 + 1, ' '), 'application/json');
  expect(await problemOf(over)).toMatchObject({ status: 413 });
});

test('outputs lie below the prefix of the space', async () => {
  await jsonOf(call('PUT', '/api/v1/spaces/whole', { json: { outputPrefix: '/data/whole' } }));
  const document = (uri: string): object => ({
    ...{ ...header, name: 'outputs', space: 'whole' },
    jobs: [{ name: 'a', outputs: [{ name: 'o', uri }] }],
  });
  const problem = await problemOf(sendJson(document('/data/other/o')));
  expect(problem.errors).toMatchObject([{ code: 'PATH_OUTSIDE_SPACE', pointer: '/jobs/0/outputs/0/uri' }]);
  expect(await jsonOf(sendJson(document('/data/whole/o')), 202)).toMatchObject({ state: 'sealed' });
});
