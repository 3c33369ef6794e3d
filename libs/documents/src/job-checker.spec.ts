import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DocumentJob, type DocumentError } from '#contracts';
import type { CheckedJob } from '#core';
import { checkHeader } from './header.js';
import { JobChecker } from './job-checker.js';
import { isWrittenJob } from './job-shape.js';
import { edgesOf } from './parents.js';

const noop = { transform: 'noop' };

function checkerOf(header: object): JobChecker {
  const checked = checkHeader({ apiVersion: 'sluice/v1', name: 'w', ...header });
  if ('refusal' in checked) throw new Error(JSON.stringify(checked.refusal));
  return new JobChecker(checked.header);
}

const checker = checkerOf({
  files: { raw: { uri: 'file:///raw.fits' } },
  templates: { t: noop, run: { command: { argv: ['run', '{node}', '{attempt}'] } } },
});

function accepted(job: object, by = checker): CheckedJob {
  const checked = by.check({ template: 't', ...job }, 'line 2');
  if (Array.isArray(checked)) throw new Error(JSON.stringify(checked));
  return checked;
}

function refused(job: unknown, by = checker): string[] {
  const checked = by.check(job, 'line 2');
  if (!Array.isArray(checked)) return [];
  for (const { message, remedy } of checked) expect(message.length * remedy.length).toBeGreaterThan(25);
  return checked.map(({ code, where }) => `${code} ${where}`);
}

test('a job with nothing but a name gets the defaults', () => {
  expect(accepted({ name: 'a' })).toEqual({
    name: 'a',
    label: 't',
    template: 't',
    kind: 'job',
    group: null,
    parents: [],
    endedParents: [],
    spec: null,
  });
});

test('what only the worker or a report needs is kept as JSON, empty parts are not', () => {
  const job = { name: 'a', vars: { node: '1' }, tags: {}, inputs: [], outputs: [{ name: 'o' }], params: null };
  expect(JSON.parse(accepted(job).spec ?? '')).toEqual({ vars: { node: '1' }, outputs: [{ name: 'o' }], params: null });
  expect(accepted({ name: 'a', vars: {}, tags: {}, inputs: [], observed: {} }).spec).toBeNull();
});

test('a parent that stands twice is one edge, and success outweighs ended', () => {
  const job = accepted({
    name: 'a',
    after: [0, 0, 'b', { job: 'b' }, { job: 'b', on: 'ended' }, { job: 2, on: 'ended' }],
  });
  expect(job).toMatchObject({ parents: [0, 'b'], endedParents: [2] });
  expect(edgesOf(job)).toBe(3);
  const many = Array.from({ length: 100 }, (_, i) => i % 50);
  expect(accepted({ name: 'a', after: many }).parents).toHaveLength(50);
});

test('a position and a name of the same letters are two parents', () => {
  expect(accepted({ name: 'a', after: [3, '3'] }).parents).toEqual([3, '3']);
});

test('the kind noop is a barrier, and may have a template', () => {
  expect(accepted({ name: 'a', kind: 'noop' })).toMatchObject({ kind: 'barrier', label: 't' });
});

test('without a template, a barrier or group is labelled by its kind', () => {
  expect(checker.check({ name: 'b', kind: 'barrier' }, '')).toMatchObject({ label: 'barrier', template: '' });
  expect(checker.check({ name: 'g', kind: 'group', blocking: true }, '')).toMatchObject({
    label: 'group',
    kind: 'group',
  });
  expect(checker.check({ name: 'j', template: 't', in: 'g' }, '')).toMatchObject({ group: 'g' });
});

test('a job without a template takes the only one there is', () => {
  const single = checkerOf({ templates: { one: noop } });
  expect(single.check({ name: 'a' }, '')).toMatchObject({ template: 'one', label: 'one' });
  expect(refused({ name: 'a' })).toEqual(['MISSING_FIELD line 2, /template']);
  expect(refused({ name: 'a' }, checkerOf({}))).toEqual(['MISSING_FIELD line 2, /template']);
});

test('names that look the same are the same: all are kept in NFC', () => {
  const decomposed = 'e\u0301toile';
  expect(accepted({ name: decomposed, label: decomposed, after: [decomposed] })).toMatchObject({
    name: '\u00e9toile',
    label: '\u00e9toile',
    parents: ['\u00e9toile'],
  });
});

test('the place is a pointer in a whole document and a line in a streamed one', () => {
  expect(checker.check({ name: 'a', template: 'x' }, '/jobs/3')).toMatchObject([
    { where: '/jobs/3/template', job: 'a' },
  ]);
  expect(checker.check({ name: 'a', template: 'x' }, 'line 5')).toMatchObject([
    { where: 'line 5, /template', job: 'a' },
  ]);
  expect(checker.check(3, 'line 5')).toMatchObject([{ where: 'line 5' }]);
});

const t = { template: 't' };

test.each<[unknown, string[]]>([
  [null, ['BAD_TYPE line 2']],
  [[], ['BAD_TYPE line 2']],
  [{ ...t }, ['MISSING_FIELD line 2, /name']],
  [{ ...t, name: null }, ['BAD_TYPE line 2, /name']],
  [{ ...t, name: '' }, ['BAD_NAME line 2, /name']],
  [{ ...t, name: '\u3000' }, ['BAD_NAME line 2, /name']],
  [{ ...t, name: ' a' }, ['BAD_NAME line 2, /name']],
  [{ ...t, name: 'a'.repeat(4_001) }, ['NAME_TOO_LONG line 2, /name']],
  [{ ...t, name: 'a\u0000' }, ['BAD_TEXT line 2, /name']],
  [{ ...t, name: 'a\nb' }, ['BAD_TEXT line 2, /name']],
  [{ ...t, name: 'a\udc00' }, ['BAD_TEXT line 2, /name']],
  [{ ...t, name: 'a\u200bb' }, ['BAD_TEXT line 2, /name']],
  [{ ...t, name: 'a\u202e' }, ['BAD_TEXT line 2, /name']],
  [{ ...t, name: 'a\u001b[31m' }, ['BAD_TEXT line 2, /name']],
  [{ ...t, name: 'a', label: '' }, ['BAD_NAME line 2, /label']],
  [{ ...t, name: 'a', label: 'x\ty' }, ['BAD_TEXT line 2, /label']],
  [{ ...t, name: 'a', colour: 1 }, ['UNKNOWN_FIELD line 2, /colour']],
  [{ ...t, name: 'a', kind: 'loop' }, ['RANGE line 2, /kind']],
  [{ ...t, name: 'a', blocking: true }, ['UNKNOWN_FIELD line 2, /blocking']],
  [{ name: 'g', kind: 'group', in: 'h' }, ['GROUP_NESTED line 2, /in']],
  [{ name: 'a', template: 'constructor' }, ['UNKNOWN_TEMPLATE line 2, /template']],
  [{ ...t, name: 'a', after: 0 }, ['BAD_TYPE line 2, /after']],
  [{ ...t, name: 'a', after: [-1] }, ['RANGE line 2, /after/0']],
  [{ ...t, name: 'a', after: [0.5] }, ['BAD_TYPE line 2, /after/0']],
  [{ ...t, name: 'a', after: [null] }, ['BAD_TYPE line 2, /after/0']],
  [{ ...t, name: 'a', after: [{ job: 0, on: 'failed' }] }, ['RANGE line 2, /after/0/on']],
  [{ ...t, name: 'a', after: [{ on: 'ended' }] }, ['MISSING_FIELD line 2, /after/0/job']],
  [{ ...t, name: 'a', after: [5_000_000] }, ['UNKNOWN_PARENT line 2, /after/0']],
  [{ ...t, name: 'a', after: Array(200_001).fill(0) }, ['TOO_LARGE line 2, /after']],
  [{ ...t, name: 'a', inputs: ['raw', 'cooked'] }, ['UNKNOWN_FILE line 2, /inputs/1']],
  [{ ...t, name: 'a', outputs: ['cooked'] }, ['UNKNOWN_FILE line 2, /outputs/0']],
  [{ ...t, name: 'a', weight: { x: -1 } }, ['RANGE line 2, /weight/x']],
  [{ ...t, name: 'a', vars: { n: 4 } }, ['BAD_TYPE line 2, /vars/n']],
  [{ ...t, name: 'a', vars: { n: '\u0007' } }, ['BAD_TEXT line 2, /vars/n']],
  [{ ...t, name: 'a', tags: { n: '\u2066' } }, ['BAD_TEXT line 2, /tags/n']],
  [{ ...t, name: 'a', observed: { runtimeSec: Infinity } }, ['RANGE line 2, /observed/runtimeSec']],
  [JSON.parse('{"name":"a","template":"t","vars":{"__proto__":"x"}}'), ['UNKNOWN_FIELD line 2, /vars/__proto__']],
  [{ name: 'a', template: 'run' }, ['UNRESOLVED_PLACEHOLDER line 2, /vars/node']],
  [{ name: 'a', template: 'run', vars: { Node: '1' } }, ['UNRESOLVED_PLACEHOLDER line 2, /vars/node']],
  [{ ...t, name: 'a', params: { p: '{who}' } }, ['UNRESOLVED_PLACEHOLDER line 2, /vars/who']],
])('a job is refused by code and place: %#', (job, expected) => {
  expect(refused(job)).toEqual(expected);
});

test('what the worker knows, and what the vars hold, resolves a placeholder', () => {
  expect(refused({ name: 'a', template: 'run', vars: { node: '' } })).toEqual([]);
  expect(refused({ ...t, name: 'a', params: ['{name} {ordinal} {attempt} {{x}}'] })).toEqual([]);
});

test('an error names the job, what it found and what to do', () => {
  expect(checker.check({ name: 'a', template: 'T' }, 'line 9')).toEqual([
    {
      code: 'UNKNOWN_TEMPLATE',
      where: 'line 9, /template',
      job: 'a',
      message: 'the header has no template "T"',
      remedy: 'Did you mean "t"? The header has "t", "run".',
    },
  ]);
});

test('a template that is faulty itself is named all the same to a job that misspells it', () => {
  const templates = { isr: { transform: 'noop', priority: 'high' }, run: noop };
  const read = checkHeader({ apiVersion: 'sluice/v1', name: 'w', templates });
  if (!('refusal' in read) || !read.context) throw new Error('the header is not faulty');
  const [error] = new JobChecker(read.context).check({ name: 'a', template: 'irs' }, 'line 2') as DocumentError[];
  expect(error?.remedy).toBe('Did you mean "isr"? The header has "run", "isr".');
});

test('values nested 32 deep pass, 33 deep and a million deep are refused', () => {
  const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  expect(refused({ ...t, name: 'a', params: nested(31) })).toEqual([]);
  expect(refused({ ...t, name: 'a', params: nested(32) })[0]).toMatch(/^TOO_LARGE/);
  expect(refused({ ...t, name: 'a', params: nested(1_000_000) })[0]).toMatch(/^TOO_LARGE/);
});

test('tabs and line breaks are good in a text, though not in a name', () => {
  expect(refused({ ...t, name: 'a', vars: { script: 'a\tb\r\nc' } })).toEqual([]);
});

test('the fast shape check and the schema take the same jobs', () => {
  const value = fc.oneof(
    fc.constantFrom('', 'a', 'job', 'noop', 'barrier', 'ended', null, true, 0, -1, 1.5, -0, 2 ** 53, {}, []),
    fc.array(
      fc.oneof(
        fc.constantFrom('a', 0, -1, null, {}, 1.5),
        fc.record(
          { job: fc.constantFrom(0, 'a', -1, null), on: fc.constantFrom('success', 'ended', 'x') },
          { requiredKeys: [] },
        ),
        fc.record(
          { name: fc.constantFrom('f', 1), uri: fc.constantFrom('u', null), bytes: fc.constantFrom(1, null, 'x') },
          { requiredKeys: [] },
        ),
      ),
    ),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 1, null)),
  );
  const fields = [
    'name',
    'label',
    'template',
    'kind',
    'in',
    'blocking',
    'after',
    'vars',
    'params',
    'tags',
    'weight',
    'inputs',
    'outputs',
    'observed',
    'colour',
  ];
  const job = fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 3 }).map((some) => ({ name: 'a', ...some }));
  const seed = Date.now();
  fc.assert(
    fc.property(job, (written) => {
      expect([written, isWrittenJob(written)]).toEqual([written, DocumentJob.safeParse(written).success]);
    }),
    { seed, numRuns: 3_000 },
  );
});

test('what belongs in a template is sent there, not taken away', () => {
  const errors = checker.check({ name: 'a', template: 't', resources: { cores: 2 } }, '/jobs/0');
  expect(errors).toMatchObject([
    { code: 'UNKNOWN_FIELD', remedy: expect.stringContaining('in the template of the job') },
  ]);
});

test('a job is kept with what the header says of the files that it names, where they have a place', () => {
  const read = checkHeader({
    apiVersion: 'sluice/v1',
    name: 'n',
    templates: { t: { transform: 'noop' } },
    files: { raw: { uri: 'file:///raw' }, bare: {}, other: { uri: 's3://b/o' } },
  });
  if ('refusal' in read) throw new Error('the header is good');
  const specOf = (job: object): unknown => {
    const checked = new JobChecker(read.header).check({ name: 'a', ...job }, '/jobs/0');
    return Array.isArray(checked) || checked.spec === null ? null : JSON.parse(checked.spec);
  };
  expect(specOf({ inputs: ['raw', 'bare'], outputs: [{ name: 'x', uri: 's3://b/x' }] })).toMatchObject({
    inputs: ['raw', 'bare'],
    files: { raw: { uri: 'file:///raw' } },
  });
  expect(specOf({ inputs: ['bare'] })).toEqual({ inputs: ['bare'] });
});
