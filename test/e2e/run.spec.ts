// Goal: what a user types works on real servers: outcomes, exit codes, the JSON that scripts read.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JobView, WorkflowPage, WorkflowView } from '#contracts';
import { makeTestFolder } from '#test-kit';
import { SluiceCommand, textOf } from './sluice-command.js';

const testMsMax = 120_000;
const folder = makeTestFolder('e2e');
const sluice = new SluiceCommand(join(folder.path, 'state'));

function documentFile(name: string, text: string): string {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

const diamond = documentFile(
  'diamond.yaml',
  `apiVersion: sluice/v1
name: diamond
templates:
  ok: { command: { argv: [sh, -c, 'exit 0'] } }
  bad: { command: { argv: [sh, -c, 'echo oh no >&2; exit 7'] }, retry: { retries: 1 } }
jobs:
  - { name: top, template: ok }
  - { name: left, template: ok, after: [top] }
  - { name: right, template: bad, after: [top] }
  - { name: bottom, template: ok, after: [left, right] }
  - { name: mop-up, template: ok, after: [{ job: right, on: ended }] }
`,
);

/** Pairs of jobs, each `sec` long, the second after the first. */
function pairs(name: string, count: number, sec: number): string {
  const jobs = Array.from({ length: count }, (_, i) => [
    `  - { name: a${i}, label: first, template: nap }`,
    `  - { name: b${i}, label: second, template: nap, after: [a${i}] }`,
  ]).flat();
  const nap = `  nap: { command: { argv: [sleep, '${sec}'] }, resources: { cores: 0.25, memoryMib: 10 } }`;
  return documentFile(
    `${name}.yaml`,
    `apiVersion: sluice/v1\nname: ${name}\ntemplates:\n${nap}\njobs:\n${jobs.join('\n')}\n`,
  );
}

const viewOf = (stdout: string): WorkflowView => WorkflowView.parse(JSON.parse(stdout));

beforeAll(async () => {
  const up = await sluice.run('up');
  if (up.code !== 0) throw new Error(up.stderr);
}, testMsMax);

afterAll(async () => {
  await sluice.run('down');
  folder.remove();
}, testMsMax);

test(
  'hello runs, exits 0, and its JSON is all that is on stdout',
  async () => {
    const ended = await sluice.run('run', 'examples/hello.yaml', '-o', 'json');
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining('done 100 % of 3')]);
    const { workflow, tasks } = viewOf(ended.stdout);
    expect(workflow).toMatchObject({ name: 'hello', state: 'done', failedBy: {} });
    expect(workflow.counts).toEqual({ total: 3, waiting: 0, ready: 0, leased: 0, finished: 3, failed: 0 });
    expect(Date.parse(workflow.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(workflow.submittedAt ?? ''));
    expect(tasks.map(({ label, counts }) => [label, counts.finished])).toEqual([['say', 3]]);
  },
  testMsMax,
);

test(
  'a failed job prunes what needs it and nothing else; exit 1; the report names it',
  async () => {
    const ended = await sluice.run('run', diamond, '-o', 'json');
    expect(ended.code).toBe(1);
    const { workflow, tasks } = viewOf(ended.stdout);
    expect(workflow.state).toBe('partial');
    expect(workflow.counts).toMatchObject({ total: 5, finished: 3, failed: 2 });
    expect(workflow.failedBy).toEqual({ error: 1, parent_failed: 1 });
    expect(tasks.map(({ label, counts, failedBy }) => [label, counts.finished, failedBy])).toEqual([
      ['ok', 3, { parent_failed: 1 }],
      ['bad', 0, { error: 1 }],
    ]);
    const report = await sluice.run('report', workflow.id);
    expect(report.code).toBe(0);
    expect(report.stdout).toMatch(/^e1 +1  bad +error +7  local 1  oh no$/m);
    expect(report.stdout).toContain('1 job failed; 1 pruned by these');
  },
  testMsMax,
);

test(
  'jobs are one JSON object each, and parents ended before their children began',
  async () => {
    const { stdout } = await sluice.run('jobs', 'diamond', '-o', 'ndjson');
    const jobs = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JobView.parse(JSON.parse(line)));
    expect(jobs.map(({ ordinal, name, state, reason, attempt }) => [ordinal, name, state, reason, attempt])).toEqual([
      [0, 'top', 'finished', null, 1],
      [1, 'left', 'finished', null, 1],
      [2, 'right', 'failed', 'error', 2],
      [3, 'bottom', 'failed', 'parent_failed', 0],
      [4, 'mop-up', 'finished', null, 1],
    ]);
    const [top, left, right, , mopUp] = jobs;
    expect(Date.parse(left?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(top?.endedAt ?? 'never'));
    expect(Date.parse(mopUp?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(right?.endedAt ?? 'never'));
  },
  testMsMax,
);

test(
  'a run exported is submitted again as it is, and tells as CSV and WfFormat what it measured',
  async () => {
    const document = await sluice.run('export', 'diamond');
    expect(document.code).toBe(0);
    const file = join(folder.path, 'exported.ndjson.gz');
    expect((await sluice.run('export', 'diamond', '--to', file)).stdout).toBe('');
    const again = await sluice.run('run', file, '-o', 'id');
    expect([again.code, (await sluice.run('export', again.stdout.trim())).stdout]).toEqual([1, document.stdout]);
    const csv = (await sluice.run('export', 'diamond', '-o', 'csv')).stdout.trimEnd().split('\n');
    expect(csv).toHaveLength(6);
    expect(csv[3]).toMatch(/^2,right,bad,failed,error,2,7,.*,oh no/);
    const instance = JSON.parse((await sluice.run('export', 'diamond', '-o', 'wfformat')).stdout) as {
      workflow: { specification: { tasks: { name: string }[] }; execution: { tasks: Record<string, unknown>[] } };
    };
    const { specification, execution } = instance.workflow;
    expect(specification.tasks.map(({ name }) => name)).toEqual(['top', 'left', 'right', 'bottom', 'mop-up']);
    expect(execution.tasks.map(({ id }) => id)).toEqual(['top', 'left', 'right', 'mop-up']);
    expect(execution.tasks.every(({ runtimeInSeconds }) => typeof runtimeInSeconds === 'number')).toBe(true);
    expect((await sluice.run('export', 'diamond', '-o', 'table')).code).toBe(2);
    const nowhere = await sluice.run('export', 'diamond', '--to', join(folder.path, 'none', 'file'));
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('there is no such folder')]);
  },
  testMsMax,
);

test.each([
  ['a parent that does not exist', 'after: [lft]', 'UNKNOWN_PARENT'],
  ['a field that does not exist', 'afer: [left]', 'UNKNOWN_FIELD'],
  ['a template that does not exist', 'template: bda', 'UNKNOWN_TEMPLATE'],
  ['a cycle', 'after: [bottom]', 'CYCLE'],
])(
  '%s is refused with exit 2 and its code, and leaves no workflow',
  async (_, fault, code) => {
    const before = await sluice.run('ls', '-o', 'id');
    const template = fault.startsWith('template') ? '' : 'template: ok, ';
    const text = readFileSync(diamond, 'utf8').replace(
      'name: left, template: ok, after: [top]',
      `name: left, ${template}${fault}`,
    );
    const file = documentFile('refused.yaml', text);
    const ended = await sluice.run('run', file);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain(code);
    const asJson = await sluice.run('run', file, '-o', 'json');
    expect(asJson.code).toBe(2);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ valid: false, errors: [{ code }] });
    expect(await sluice.run('ls', '-o', 'id')).toEqual(before);
  },
  testMsMax,
);

test(
  'selectors: what is ambiguous exits 2 and lists, what is not there exits 4',
  async () => {
    const ids = (await sluice.run('ls', '-o', 'id')).stdout.trimEnd().split('\n');
    const ambiguous = await sluice.run('show', 'w-');
    expect(ambiguous.code).toBe(2);
    for (const id of ids) expect(ambiguous.stderr).toContain(id);
    expect((await sluice.run('show', 'nobody')).code).toBe(4);
    expect((await sluice.run('show', ids[1] ?? '', '-o', 'id')).stdout.trim()).toBe(ids[1]);
    expect((await sluice.run('show', 'last~1', '-o', 'id')).stdout.trim()).toBe(ids[1]);
    const listed: unknown = JSON.parse((await sluice.run('ls', '-o', 'json')).stdout);
    expect(WorkflowPage.shape.workflows.parse(listed).map(({ id }) => id)).toEqual(ids);
  },
  testMsMax,
);

test(
  'what waits for a group that does not block runs although a member failed; what waits for one that does is pruned',
  async () => {
    const text = `apiVersion: sluice/v1
name: groups
templates:
  ok: { command: { argv: ['true'] } }
  bad: { command: { argv: ['false'] } }
jobs:
  - { name: first, template: ok }
  - { name: open, kind: group, blocking: false, after: [first] }
  - { name: m1, template: ok, in: open }
  - { name: m2, template: bad, in: open }
  - { name: after-open, template: ok, after: [open] }
  - { name: shut, kind: group }
  - { name: s1, template: bad, in: shut }
  - { name: after-shut, template: ok, after: [shut] }
`;
    expect((await sluice.run('run', documentFile('groups.yaml', text))).code).toBe(1);
    const { stdout } = await sluice.run('jobs', 'groups', '-o', 'ndjson');
    const jobs = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JobView.parse(JSON.parse(line)));
    expect(jobs.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ['first', 'finished', null],
      ['open', 'finished', null],
      ['m1', 'finished', null],
      ['m2', 'failed', 'error'],
      ['after-open', 'finished', null],
      ['shut', 'failed', 'parent_failed'],
      ['s1', 'failed', 'error'],
      ['after-shut', 'failed', 'parent_failed'],
    ]);
  },
  testMsMax,
);

test(
  'a job that no worker fits: why says so, wait times out with 6, cancel ends it with 3',
  async () => {
    const big = documentFile(
      'big.yaml',
      'apiVersion: sluice/v1\nname: big\ntemplates: { t: { command: { argv: [echo] }, resources: { cores: 9000 } } }\njobs: [{ name: a, template: t }]\n',
    );
    const submitted = await sluice.run('submit', big, '-o', 'id');
    const id = submitted.stdout.trim();
    expect((await sluice.run('wait', id, '--timeout', '1')).code).toBe(6);
    expect((await sluice.run('why', id, 'a')).stdout).toContain('9000 cores');
    expect((await sluice.run('cancel', id)).code).toBe(0);
    const waited = await sluice.run('wait', id, '--timeout', '30', '-o', 'json');
    expect(waited.code).toBe(3);
    expect(viewOf(waited.stdout).workflow).toMatchObject({ state: 'cancelled', failedBy: { cancelled: 1 } });
  },
  testMsMax,
);

test(
  'Ctrl-C leaves the workflow running, a second one cancels it',
  async () => {
    const file = pairs('interrupted', 8, 20);
    const run = sluice.start('run', file);
    let stderr = '';
    run.stderr?.on('data', (part) => {
      const before = stderr;
      stderr += String(part);
      if (!before.includes('submitted') && stderr.includes('submitted')) run.kill('SIGINT');
    });
    const left = await new Promise((resolve) => run.on('close', resolve));
    expect([left, stderr]).toEqual([130, expect.stringContaining('goes on')]);
    const { id, state } = viewOf((await sluice.run('show', 'interrupted', '-o', 'json')).stdout).workflow;
    expect(state).toBe('running');

    const again = sluice.start('run', file);
    let said = '';
    again.stderr?.on('data', (part) => {
      const before = said;
      said += String(part);
      if (!before.includes('submitted') && said.includes('submitted')) again.kill('SIGINT');
      if (!before.includes('detaching') && said.includes('detaching')) again.kill('SIGINT');
    });
    const [code] = await Promise.all([new Promise((resolve) => again.on('close', resolve)), textOf(again.stdout)]);
    expect([code, said]).toEqual([3, expect.stringContaining('cancelling')]);
    expect((await sluice.run('cancel', id)).code).toBe(0); // what goes on would hold the worker for the tests to come
  },
  testMsMax,
);

test(
  'a reader that has seen enough is no error',
  async () => {
    const child = sluice.start('jobs', 'diamond', '-o', 'ndjson');
    child.stdout?.destroy();
    const [code, stderr] = await Promise.all([
      new Promise((resolve) => child.on('close', resolve)),
      textOf(child.stderr),
    ]);
    expect([code, stderr]).toEqual([0, '']);
  },
  testMsMax,
);

test(
  'after kill -9 of the supervisor the next start carries the workflow to its end',
  async () => {
    const id = (await sluice.run('submit', pairs('killed', 12, 1), '-o', 'id')).stdout.trim();
    await sleep(1_500);
    const record = JSON.parse(readFileSync(join(sluice.stateDir, 'stack.json'), 'utf8')) as { pid: number };
    process.kill(record.pid, 'SIGKILL');
    await sleep(5_000); // its servers are gone within so long
    const up = await sluice.run('up');
    expect([up.code, up.stderr]).toEqual([0, expect.stringContaining('workers')]);
    const waited = await sluice.run('wait', id, '--timeout', '90', '-o', 'json');
    expect([waited.code, waited.stderr]).toEqual([0, '']);
    expect(viewOf(waited.stdout).workflow.counts).toMatchObject({ total: 24, finished: 24, failed: 0 });
  },
  testMsMax,
);
