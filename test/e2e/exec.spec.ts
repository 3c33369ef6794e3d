// Goal: one command, or a demo, is a workflow like any other; and a dry run leaves nothing behind.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JobView, WorkflowView } from '#contracts';
import { makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 120_000;
const folder = makeTestFolder('e2e-exec');
const sluice = new SluiceCommand(join(folder.path, 'state'));
const viewOf = (stdout: string): WorkflowView => WorkflowView.parse(JSON.parse(stdout));

async function jobsOf(selector: string): Promise<JobView[]> {
  const { stdout } = await sluice.run('jobs', selector, '-o', 'ndjson');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JobView.parse(JSON.parse(line)));
}

const labelsAndCounts = ({ tasks }: WorkflowView): [string, number, number][] =>
  tasks.map(({ label, counts }) => [label, counts.total, counts.finished]);

beforeAll(async () => {
  for (const args of [
    ['run', '--demo', '1000'],
    ['exec', '--count', '3'],
    ['up', '--workers', '2'],
  ]) {
    const words = args[0] === 'exec' ? [...args, '--dry-run', '--', 'true'] : [...args, '--dry-run'];
    const ended = await sluice.run(...words);
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining('dry run: nothing was started')]);
  }
  expect((await sluice.run('submit', '--demo', '7', '--dry-run')).code).toBe(5);
  expect(existsSync(sluice.stateDir)).toBe(false);
  const up = await sluice.run('up', '--port', '0');
  expect([up.code, up.stderr]).toEqual([0, expect.stringMatching(/schema +ready .* created/)]);
}, testMsMax);

afterAll(async () => {
  await sluice.run('down');
  folder.remove();
}, testMsMax);

test(
  'a command that ends well exits 0 and shows what it wrote; braces in it are its own',
  async () => {
    const script = 'echo "hello {name} ${0} {{x}}"; echo careful >&2';
    const ended = await sluice.run('exec', '--name', 'greet', '--env', 'A={ordinal}', '--', 'sh', '-c', script);
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining('  | hello {name} sh {{x}}\n')]);
    expect(ended.stdout).toContain('  | careful');
    expect(await jobsOf('greet')).toMatchObject([
      {
        name: 'greet',
        label: 'greet',
        state: 'finished',
        exitCode: 0,
        message: 'hello {name} sh {{x}}\nstderr:\ncareful',
      },
    ]);
  },
  testMsMax,
);

test(
  'a command that fails exits 1; its own code is in the report, and what it wrote lies where the note says',
  async () => {
    const ended = await sluice.run('exec', '--retries', '1', '--', 'sh', '-c', 'echo oh no; exit 9');
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringMatching(/e1 +1 +sh +error +9 +local 1 +oh no\n/)]);
    const place = /what it wrote lies in (.*)$/m.exec(ended.stderr)?.[1] ?? '';
    expect(existsSync(join(place, 'stdout'))).toBe(true);
  },
  testMsMax,
);

test(
  'a program that is not there fails like any other job; a command without a word is a usage error',
  async () => {
    const ended = await sluice.run('exec', '--', 'no-such-program');
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining('no-such-program')]);
    expect((await sluice.run('exec')).code).toBe(2);
    expect((await sluice.run('exec', '--', '')).code).toBe(2);
  },
  testMsMax,
);

test(
  'with a count each job knows its number; without following, it returns once it is submitted',
  async () => {
    const words = [
      '--count',
      '4',
      '--cores',
      '0.5',
      '--no-follow',
      '-o',
      'id',
      '--',
      'sh',
      '-c',
      'exit $1',
      '-',
      '{ordinal}',
    ];
    const submitted = await sluice.run('exec', ...words);
    expect(submitted.code).toBe(0);
    const id = submitted.stdout.trim();
    expect((await sluice.run('wait', id)).code).toBe(1);
    expect((await jobsOf(id)).map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['sh-0', 0],
      ['sh-1', 1],
      ['sh-2', 2],
      ['sh-3', 3],
    ]);
  },
  testMsMax,
);

test(
  'a demo has exactly the jobs asked for, in seven labels, and runs to its end in the order of its edges',
  async () => {
    const ended = await sluice.run('run', '--demo', '60', '--seconds', '0.01', '-o', 'json');
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining('of 60')]);
    const view = viewOf(ended.stdout);
    expect(labelsAndCounts(view).map(([label]) => label)).toEqual([
      ...['isr', 'characterize', 'calibrate', 'warp', 'coadd', 'detect', 'merge'],
    ]);
    expect(view.workflow.counts).toMatchObject({ total: 60, finished: 60 });
    const jobs = await jobsOf(view.workflow.id);
    const began = (label: string): number =>
      Math.min(...jobs.filter((job) => job.label === label).map((job) => Date.parse(job.startedAt ?? '')));
    const ends = (label: string): number =>
      Math.min(...jobs.filter((job) => job.label === label).map((job) => Date.parse(job.endedAt ?? '')));
    expect(began('merge')).toBeGreaterThanOrEqual(ends('detect'));
    expect(began('coadd')).toBeGreaterThanOrEqual(ends('warp'));
  },
  testMsMax,
);

test(
  'a demo is submitted like a document; one of less than a job a label, or with a file, is refused',
  async () => {
    expect((await sluice.run('submit', '--demo', '7', '--seconds', '0', '-o', 'id')).code).toBe(0);
    expect((await sluice.run('wait', 'rubin-demo')).code).toBe(0);
    expect(labelsAndCounts(viewOf((await sluice.run('show', 'rubin-*', '-o', 'json')).stdout))).toEqual([
      ...[
        ['isr', 1, 1],
        ['characterize', 1, 1],
        ['calibrate', 1, 1],
        ['warp', 1, 1],
      ],
      ...[
        ['coadd', 1, 1],
        ['detect', 1, 1],
        ['merge', 1, 1],
      ],
    ]);
    expect((await sluice.run('run', '--demo', '6')).code).toBe(2);
    expect((await sluice.run('run', '--demo', '7', 'examples/hello.yaml')).code).toBe(2);
    expect((await sluice.run('submit', '--seconds', '1', 'examples/hello.yaml')).code).toBe(2);
  },
  testMsMax,
);
