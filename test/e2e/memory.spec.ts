// Goal: a real program that needs more memory than was asked for gets it, step by step, and a person sees how and why.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JobAttempts, RetryAnswer, WorkflowView } from '#contracts';
import { memoryStepMib } from '#core';
import { makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 180_000;
const folder = makeTestFolder('e2e-memory');
const sluice = new SluiceCommand(join(folder.path, 'state'));
const askedMib = 60;
const growth = 2;

/** Holds so many MiB for a moment, beside the 40 or so of Node itself. */
const holding = (mib: number): string =>
  JSON.stringify([
    process.execPath,
    '-e',
    `const held = Buffer.alloc(${mib} * 2 ** 20, 1); setTimeout(() => held, 1500)`,
  ]);

const resources = `{ memoryMib: ${askedMib}, memoryGrowth: ${growth}, memoryMaxMib: 1000 }`;
const document = join(folder.path, 'night.yaml');
writeFileSync(
  document,
  `apiVersion: sluice/v1
name: night
templates:
  fit: { command: { argv: ${holding(150)} }, resources: ${resources}, retry: { retries: 5 } }
  stack: { command: { argv: ${holding(150)} }, resources: { memoryMib: ${askedMib} } }
jobs:
  - { name: grows, template: fit }
  - { name: fails, template: stack }
`,
);

beforeAll(async () => {
  const up = await sluice.run('up', '--workers', '1');
  if (up.code !== 0) throw new Error(up.stderr);
  const ended = await sluice.run('run', document);
  if (ended.code !== 1) throw new Error(ended.stdout + ended.stderr);
}, testMsMax);

afterAll(async () => {
  await sluice.run('down');
  folder.remove();
}, testMsMax);

const attemptsOf = async (job: string): Promise<JobAttempts['attempts']> =>
  JobAttempts.parse(JSON.parse((await sluice.run('logs', 'last', job, '-o', 'json')).stdout)).attempts;

test('each try is allowed more by what was seen, until the program ends well', async () => {
  const attempts = await attemptsOf('grows');
  const killed = attempts.slice(0, -1);
  expect(killed.length).toBeGreaterThan(0);
  expect(killed.every(({ reason }) => reason === 'memory')).toBe(true);
  expect(attempts.at(-1)).toMatchObject({ outcome: 'finished' });
  const sizes = killed.map(({ allowedMemoryMib, peakMemoryMib }) =>
    Math.max(allowedMemoryMib * growth, memoryStepMib((peakMemoryMib ?? 0) * 1.2)),
  );
  expect(attempts.map(({ allowedMemoryMib }) => allowedMemoryMib)).toEqual([askedMib, ...sizes]);
  const { stdout } = await sluice.run('logs', 'last', 'grows');
  expect(stdout).toMatch(/memory: try 1 .*60 MiB, try 2 /);
});

test(
  'a person doubles what a failed job may use: a dry run says how much, and then it ends well',
  async () => {
    const rehearsed = await sluice.run('retry', 'last', '--job', 'fails', '--memory', 'x8', '--dry-run');
    expect(rehearsed.stdout).toMatch(/^would retry 1 job, .*\n +memory 60 MiB -> 480 MiB {2}1 job of stack\n/);
    expect((await sluice.run('retry', 'last', '--memory', '8GB')).code).toBe(2);
    const order = ['retry', 'last', '--job', 'fails', '--memory', '480MiB', '-o', 'json'];
    const answer = RetryAnswer.parse(JSON.parse((await sluice.run(...order)).stdout));
    expect(answer.resized).toEqual([{ label: 'stack', jobs: 1, fromMib: 60, toMib: 480 }]);
    expect((await sluice.run('wait', 'last')).code).toBe(0);
    expect((await attemptsOf('fails')).at(-1)).toMatchObject({ outcome: 'finished', allowedMemoryMib: 480 });
    const view = WorkflowView.parse(JSON.parse((await sluice.run('show', 'last', '-o', 'json')).stdout));
    const [fit, stack] = view.tasks;
    expect([fit?.memory, stack?.memory]).toMatchObject([
      { askedMib, nextMib: askedMib, attempts: 1, neededMib: null },
      { askedMib, attempts: 1, neededMib: null },
    ]);
  },
  testMsMax,
);
