// Goal: from submit to report, a person's outputs lie below the prefix of the space; what lies elsewhere is refused in words
// that help, and `logs` tells what was written.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JobAttempts } from '#contracts';
import { findTestBwrap, makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 120_000;
const bwrap = await findTestBwrap();
if ('missing' in bwrap) process.stderr.write(`no sandbox is tried, since none works here: ${bwrap.missing}\n`);
const sandboxTest = 'missing' in bwrap ? test.skip : test;

const folder = makeTestFolder('e2e-outputs');
const root = realpathSync(folder.path);
const data = join(root, 'data');
const here = new SluiceCommand(join(root, 'state'), {
  cwd: root,
  env: {
    ...{ SLUICE_SANDBOX: 'required', SLUICE_BWRAP: 'path' in bwrap ? bwrap.path : '' },
    SLUICE_BIND: `${data}:rw`,
  },
});

beforeAll(async () => {
  mkdirSync(join(data, 'bob'), { recursive: true });
  if ('missing' in bwrap) return;
  const up = await here.run('up', '--port', '0', '--workers', '1', '--cores', '2');
  if (up.code !== 0) throw new Error(up.stderr);
  const set = await here.run('space', 'set', 'ann', '--output-prefix', join(data, 'ann'));
  if (set.code !== 0) throw new Error(set.stderr);
}, testMsMax);

afterAll(async () => {
  if (!('missing' in bwrap)) await here.run('down');
  folder.remove();
}, testMsMax);

/** Runs a document of one job. @param output where its one output is to lie, below the data */
function run(name: string, cmdline: string, output: string) {
  const path = join(root, `${name}.json`);
  const header = { apiVersion: 'sluice/v1', name, space: 'ann', templates: { sh: { command: { cmdline } } } };
  const files = { result: { uri: `${data}/${output}` } };
  writeFileSync(path, JSON.stringify({ ...header, files, jobs: [{ name: 'j', outputs: ['result'] }] }));
  return here.run('run', path);
}

sandboxTest(
  'what a job wrote below the prefix is told with its end',
  async () => {
    const ended = await run('good', `echo flux > ${data}/ann/flux.{attempt}`, 'ann/flux.{attempt}');
    expect([ended.code, ended.stderr]).toEqual([0, expect.anything()]);
    expect(readFileSync(join(data, 'ann', 'flux.1'), 'utf8')).toBe('flux\n');
    const told = JSON.parse((await here.run('logs', 'good', 'j', '-o', 'json')).stdout) as JobAttempts;
    expect(told.attempts).toMatchObject([
      { outcome: 'finished', outputs: { files: [{ name: 'result', uri: `${data}/ann/flux.1`, bytes: 5 }] } },
    ]);
  },
  testMsMax,
);

sandboxTest(
  'a document whose output lies elsewhere is refused and says where it may lie',
  async () => {
    const ended = await run('bad', `echo x > ${data}/bob/x`, 'bob/x');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('PATH_OUTSIDE_SPACE');
    expect(ended.stderr).toContain(`Write below ${data}/ann`);
    expect((await here.run('ls', '-o', 'id')).stdout).not.toContain('bad');
  },
  testMsMax,
);

sandboxTest(
  'a program that writes elsewhere than its document says gets there not, and one that links there fails',
  async () => {
    const hostile = await run('hostile', `echo x > ${data}/bob/x; :`, 'ann/unwritten');
    expect(hostile.code).toBe(0);
    expect(existsSync(join(data, 'bob', 'x'))).toBe(false);
    const linked = await run('linked', `ln -s ${data}/bob ${data}/ann/link`, 'ann/link');
    expect(linked.code).not.toBe(0);
    const told = JSON.parse((await here.run('logs', 'linked', 'j', '-o', 'json')).stdout) as JobAttempts;
    expect(told.attempts).toMatchObject([
      { outcome: 'failed', reason: 'error', outputs: null, message: expect.stringContaining('output/outside-space') },
    ]);
  },
  testMsMax,
);
