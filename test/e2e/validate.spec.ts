// Goal: `validate` says all that is wrong with a document, without a server and without a trace.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { DocumentRefusal } from '#contracts';
import { badDocuments, makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 60_000;
const folder = makeTestFolder('e2e-validate');
const sluice = new SluiceCommand(join(folder.path, 'state'));

afterAll(() => {
  expect(existsSync(sluice.stateDir)).toBe(false);
  folder.remove();
});

function fileOf(name: string, text: string | Buffer): string {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

const cases = badDocuments.map((document, no) => [document.code, document.message.slice(0, 60), no, document] as const);

test.each(cases)(
  '%s ends validate with exit 2: %s',
  async (code, _, no, { header, jobs, where, job, message, remedy }) => {
    const file = fileOf(`bad-${no}.ndjson`, `${[header, ...jobs].join('\n')}\n`);
    const { code: exit, stdout, stderr } = await sluice.run('validate', file);
    // A terminal is told of control characters by number only.
    const about = job === undefined ? '' : `  job ${job.replace('\u0000', ' ')}`.trimEnd();
    expect(stderr.trimEnd().split('\n')).toEqual([
      `sluice: ${file}: refused, 1 error`,
      `    ${code}  ${where}${about}`,
      `        ${message}`,
      `        ${remedy}`,
    ]);
    expect([exit, stdout]).toEqual([2, '']);
  },
  testMsMax,
);

test(
  'run, submit and their dry runs tell programs of a refusal as validate does, and people in words',
  async () => {
    const [bad] = badDocuments;
    const file = fileOf('refused.ndjson', `${[bad?.header, ...(bad?.jobs ?? [])].join('\n')}\n`);
    const validated = await sluice.run('validate', file, '-o', 'json');
    expect(validated).toMatchObject({ code: 2, stderr: '' });
    for (const words of [['run'], ['submit'], ['run', '--dry-run']])
      expect(await sluice.run(...words, file, '-o', 'json')).toEqual(validated);
    const { code, stdout, stderr } = await sluice.run('submit', file, '-o', 'id');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/refused, 1 error; nothing was submitted/);
  },
  testMsMax,
);

test(
  'what is wrong with jobs and with the graph comes at once, and what only follows from it does not',
  async () => {
    const file = fileOf(
      'mixed.yaml',
      `apiVersion: sluice/v1
name: mixed
templates:
  good: { transform: noop }
  slow: { transform: noop, resources: { walltimeSec: 1h } }
jobs:
  - { name: a, template: slow, after: [b] }
  - { name: b, template: good, after: [a], vars: 3 }
  - { name: c, template: god, after: [a, q] }
  - { nmae: d, template: good }
  - { name: e, template: good, after: [d, c] }
  - { name: e, template: good }
`,
    );
    const ended = await sluice.run('validate', file, '-o', 'json');
    expect(ended.code).toBe(2);
    const { errors, counts } = DocumentRefusal.parse(JSON.parse(ended.stdout));
    expect(errors.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'BAD_WALLTIME line 5, column 41 (/templates/slow/resources/walltimeSec)',
      'CYCLE line 7, column 40 (/jobs/0/after/0)',
      'BAD_TYPE line 8, column 44 (/jobs/1/vars)',
      'UNKNOWN_TEMPLATE line 9, column 16 (/jobs/2/template)',
      'UNKNOWN_PARENT line 9, column 42 (/jobs/2/after/1)',
      'MISSING_FIELD line 10, column 5 (/jobs/3/name)',
      'UNKNOWN_FIELD line 10, column 7 (/jobs/3/nmae)',
      'DUPLICATE_NAME line 12, column 7 (/jobs/5/name)',
    ]);
    expect(Object.values(counts)).toEqual(Array(8).fill(1));
  },
  testMsMax,
);

test(
  'a good document ends with 0 and says what it holds, as one of 100,000 jobs in a row',
  async () => {
    const hello = await sluice.run('validate', 'examples/hello.yaml');
    expect(hello).toEqual({
      code: 0,
      stdout: 'examples/hello.yaml: good (yaml), workflow hello\n  3 jobs, 2 edges, 1 label, depth 3\n',
      stderr: '',
    });
    const lines = Array.from(
      { length: 100_000 },
      (_, no) => `{"name":"j${no}"${no > 0 ? `,"after":["j${no - 1}"]` : ''}}`,
    );
    const header = '{"apiVersion":"sluice/v1","name":"chain","templates":{"t":{"transform":"noop"}}}';
    const chain = await sluice.run('validate', fileOf('chain.ndjson', [header, ...lines].join('\n')), '-o', 'json');
    expect(JSON.parse(chain.stdout)).toEqual({
      ...{ valid: true, name: 'chain', format: 'ndjson', jobs: 100_000, edges: 99_999, labels: 1, depth: 100_000 },
      ...{ final: false, errors: [], counts: {} },
    });
  },
  testMsMax,
);

test(
  'for an editor JSON and CSV say line and column as numbers',
  async () => {
    const misspelt = fileOf(
      'editor.yaml',
      'apiVersion: sluice/v1\nname: x\ntemplates:\n  a: { comand: {} }\njobs: []\n',
    );
    const { errors } = JSON.parse((await sluice.run('validate', misspelt, '-o', 'json')).stdout) as {
      errors: object[];
    };
    expect(errors[0]).toMatchObject({ line: 4, column: 8, pointer: '/templates/a/comand' });
    const broken = fileOf('editor.json', '{"apiVersion": "sluice/v1",\n "name": }');
    const [, row] = (await sluice.run('validate', broken, '-o', 'csv')).stdout.split(/\r?\n/);
    expect(row).toMatch(/^BAD_SYNTAX,.*,2,\d+$/);
  },
  testMsMax,
);

test(
  'a state folder that was named and is not there is told from a stack in which nothing ran',
  async () => {
    const listed = await sluice.run('ls', '--state-dir', join(folder.path, 'mispelt'));
    expect([listed.code, listed.stdout]).toEqual([0, '']);
    expect(listed.stderr).toContain(`there is no folder ${join(folder.path, 'mispelt')}, so no stack ever ran there`);
    const shown = await sluice.run('show', 'last', '--state-dir', join(folder.path, 'mispelt'));
    expect([shown.code, shown.stderr]).toEqual([4, expect.stringContaining('--state-dir names it')]);
    const submitted = await sluice.run('submit', '--demo', '7'); // by SLUICE_STATE_DIR
    expect([submitted.code, submitted.stderr]).toEqual([5, expect.stringContaining('SLUICE_STATE_DIR names it')]);
    expect(existsSync(join(folder.path, 'mispelt'))).toBe(false);
  },
  testMsMax,
);
