// Goal: a workflow that somebody brings as WfFormat runs here, in its order, the same each time.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JobView, WorkflowView } from '#contracts';
import { makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 120_000;
const folder = makeTestFolder('e2e');
const sluice = new SluiceCommand(join(folder.path, 'state'));
const example = 'examples/mosaic.wfformat.json';

interface Task {
  id: string;
  parents: string[];
}

interface Instance {
  workflow: { specification: { tasks: Task[] }; execution: { tasks: { id: string; runtimeInSeconds: number }[] } };
}

const instance = JSON.parse(readFileSync(new URL(`../../../${example}`, import.meta.url), 'utf8')) as Instance;

async function jobsOf(id: string): Promise<Map<string, JobView>> {
  const { stdout } = await sluice.run('jobs', id, '-o', 'ndjson');
  const jobs = stdout.trimEnd().split('\n');
  return new Map(jobs.map((line) => JobView.parse(JSON.parse(line))).map((job) => [job.name, job]));
}

const atMs = (time: string | null | undefined): number => Date.parse(time ?? 'never');

async function simulatedRun(speed: string): Promise<{ view: WorkflowView; jobs: Map<string, JobView> }> {
  const ended = await sluice.run('run', example, '--simulate', speed, '-o', 'json');
  expect(ended.code).toBe(0);
  const view = WorkflowView.parse(JSON.parse(ended.stdout));
  return { view, jobs: await jobsOf(view.workflow.id) };
}

beforeAll(async () => {
  const up = await sluice.run('up', '--port', '0');
  if (up.code !== 0) throw new Error(up.stderr);
}, testMsMax);

afterAll(async () => {
  await sluice.run('down');
  folder.remove();
}, testMsMax);

test(
  'an instance runs to its end twice with the same states, counts and reasons, each task after its parents',
  async () => {
    const [first, second] = [await simulatedRun('0'), await simulatedRun('0')];
    expect(first.view.workflow).toMatchObject({ name: 'mosaic-small', state: 'done', failedBy: {} });
    expect(first.view.workflow.counts).toMatchObject({ total: 11, finished: 11 });
    expect(second.view.workflow.counts).toEqual(first.view.workflow.counts);
    expect(second.view.tasks).toEqual(first.view.tasks);
    const endOf = ({ state, reason, attempt }: JobView) => ({ state, reason, attempt });
    expect([...second.jobs].map(([name, job]) => [name, endOf(job)])).toEqual(
      [...first.jobs].map(([name, job]) => [name, endOf(job)]),
    );
    for (const { jobs } of [first, second]) {
      for (const { id, parents } of instance.workflow.specification.tasks) {
        for (const parent of parents) {
          expect(atMs(jobs.get(id)?.startedAt)).toBeGreaterThanOrEqual(atMs(jobs.get(parent)?.endedAt));
        }
      }
    }
  },
  testMsMax,
);

test(
  'at a speed each task takes its recorded time divided by it',
  async () => {
    const { jobs } = await simulatedRun('20');
    for (const { id, runtimeInSeconds } of instance.workflow.execution.tasks) {
      const job = jobs.get(id);
      const tookMs = atMs(job?.endedAt) - atMs(job?.startedAt);
      expect(tookMs).toBeGreaterThanOrEqual((Math.max(0, runtimeInSeconds) / 20) * 1_000 - 2);
    }
  },
  testMsMax,
);

test(
  'without its programs an instance is refused before anything is submitted, and the message says what helps',
  async () => {
    const file = join(folder.path, 'bare.json');
    const bare = {
      name: 'bare',
      schemaVersion: '1.5',
      workflow: { specification: { tasks: [{ name: 'a', id: 'a' }] } },
    };
    writeFileSync(file, JSON.stringify(bare));
    const refused = await sluice.run('run', file);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('MISSING_FIELD  /workflow/specification/tasks/0');
    expect(refused.stderr).toContain('--simulate');
    expect((await sluice.run('run', file, '--simulate', '0')).code).toBe(0);
  },
  testMsMax,
);

test('convert needs no server, and brings an instance back as it was', async () => {
  const offline = new SluiceCommand(join(folder.path, 'nothing-here'));
  const there = await offline.run('convert', example);
  expect([there.code, there.stderr]).toEqual([0, '']);
  const file = join(folder.path, 'mosaic.ndjson');
  writeFileSync(file, there.stdout);
  const back = await offline.run('convert', file, '-o', 'wfformat');
  expect(back.code).toBe(0);
  expect(JSON.parse(back.stdout)).toEqual(instance);
});
