// Goal: `run` and the verbs that read bring up what they need, and leave nothing behind.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { WorkflowView } from '#contracts';
import { makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 120_000;
const folder = makeTestFolder('e2e-own');
const sluice = new SluiceCommand(join(folder.path, 'state'));
const stackRuns = (): boolean => existsSync(join(sluice.stateDir, 'stack.json'));

afterAll(async () => {
  await sluice.run('down');
  folder.remove();
}, testMsMax);

test(
  'where nothing ever ran, reading starts nothing: ls is empty, show exits 4, submit exits 5',
  async () => {
    expect(await sluice.run('ls', '-o', 'json')).toMatchObject({ code: 0, stdout: '[]\n' });
    expect((await sluice.run('show', 'last')).code).toBe(4);
    expect((await sluice.run('submit', 'examples/hello.yaml')).code).toBe(5);
    expect((await sluice.run('ls', '--url', 'http://127.0.0.1:1')).code).toBe(5);
    expect(existsSync(sluice.stateDir)).toBe(false);
  },
  testMsMax,
);

test(
  'a document that is refused on this machine starts nothing',
  async () => {
    const file = join(folder.path, 'empty.yaml');
    writeFileSync(file, 'apiVersion: sluice/v1\nname: empty\njobs: []\n');
    expect(await sluice.run('run', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('EMPTY') });
    expect((await sluice.run('run', join(folder.path, 'nowhere.yaml'))).code).toBe(2);
    expect(existsSync(sluice.stateDir)).toBe(false);
  },
  testMsMax,
);

test(
  'rubbish on the command line ends with exit 2, says what to do, and starts nothing',
  async () => {
    const file = join(folder.path, 'a-file');
    writeFileSync(file, '');
    const hello = 'examples/hello.yaml';
    for (const args of [
      ...[
        ['bogus'],
        ['run', '--bogus', hello],
        ['run', ''],
        ['show', ''],
        ['why', 'last', ''],
        ['jobs', 'a', '--limit', '0'],
      ],
      ...[
        ['up', '--port', '65536'],
        ['up', '--transforms', './not-there'],
        ['up', '--workers', '257'],
        ['up', '--state-dir', file],
      ],
      ...[
        ['run', hello, '--state-dir', join(file, 'state')],
        ['run', hello, '--state-dir', '/dev/null/state'],
      ],
    ]) {
      const ended = await sluice.run(...args);
      expect([args, ended]).toEqual([
        args,
        { code: 2, stdout: '', stderr: expect.stringMatching(/^sluice: .+\n[^]*(--help|Name another)/) },
      ]);
    }
    expect(existsSync(sluice.stateDir)).toBe(false);
  },
  testMsMax,
);

test(
  'worker --help lists its options where no stack is up',
  async () => {
    expect(await sluice.run('worker', '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--transforms'),
      stderr: '',
    });
  },
  testMsMax,
);

test(
  'run starts a stack, ends with the outcome, and the stack is gone',
  async () => {
    expect((await sluice.run('run', 'examples/hello.yaml')).code).toBe(0);
    expect(stackRuns()).toBe(false);
  },
  testMsMax,
);

test(
  'what no worker could run ends a run of its own with exit 1 and the gap, and stays',
  async () => {
    const file = join(folder.path, 'gap.yaml');
    const text =
      'apiVersion: sluice/v1\nname: gap\ntemplates: { t: { transform: nowhere } }\njobs: [{ name: a, template: t }]\n';
    writeFileSync(file, text);
    const ended = await sluice.run('run', file, '-o', 'json');
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('no worker offers transform "nowhere"')]);
    expect(WorkflowView.parse(JSON.parse(ended.stdout)).workflow.state).toBe('running');
    expect(stackRuns()).toBe(false);
  },
  testMsMax,
);

test(
  'a verb that reads brings the servers up for as long as it needs them, without a word and without workers',
  async () => {
    const shown = await sluice.run('show', 'gap', '-o', 'json');
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    expect(WorkflowView.parse(JSON.parse(shown.stdout)).gaps[0]?.gap).toContain('no worker');
    expect((await sluice.run('cancel', 'gap')).code).toBe(0);
    expect((await sluice.run('wait', 'gap', '--timeout', '20')).code).toBe(3);
    expect(stackRuns()).toBe(false);
  },
  testMsMax,
);
