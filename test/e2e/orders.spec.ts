// Goal: pause, resume, retry, cancel and down do what they say, say what they do, and a dry run does nothing.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CancelAnswer, type JobView, PauseAnswer, RetryAnswer, WorkflowView } from '#contracts';
import { makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 120_000;
const folder = makeTestFolder('e2e-orders');
const sluice = new SluiceCommand(join(folder.path, 'state'));
const gate = join(folder.path, 'gate');

/** One job that runs until the gate is there, and jobs below it; `fit` fails until `mended` is there. */
function survey(): string {
  const file = join(folder.path, 'survey.yaml');
  const mended = join(folder.path, 'mended');
  writeFileSync(
    file,
    `apiVersion: sluice/v1
name: survey
templates:
  hold: { command: { argv: [sh, -c, 'until test -e ${gate}; do sleep 0.1; done'] } }
  fit: { command: { argv: [sh, -c, 'test -e ${mended} || exit 7'] } }
  ok: { command: { argv: ['true'] } }
jobs:
  - { name: a, label: prepare, template: hold }
  - { name: b, label: fit, template: fit, after: [a] }
  - { name: c, label: fit, template: fit, after: [a] }
  - { name: d, label: merge, template: ok, after: [b, c] }
`,
  );
  return file;
}

const jsonOf = (stdout: string): unknown => JSON.parse(stdout);
const show = async (): Promise<WorkflowView> =>
  WorkflowView.parse(jsonOf((await sluice.run('show', 'survey', '-o', 'json')).stdout));
const statesOf = async (): Promise<string[]> =>
  (jsonOf((await sluice.run('jobs', 'survey', '-o', 'json')).stdout) as JobView[]).map(({ state }) => state);

async function until(isSo: (view: WorkflowView) => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (isSo(await show())) return;
    await sleep(100);
  }
  throw new Error(`it did not come to be: ${JSON.stringify(await show())}`);
}

beforeAll(async () => {
  const up = await sluice.run('up', '--workers', '1', '--cores', '2');
  if (up.code !== 0) throw new Error(up.stderr);
}, testMsMax);

afterAll(async () => {
  await sluice.run('down');
  folder.remove();
}, testMsMax);

test.each(['pause', 'resume', 'cancel', 'retry'])(
  '%s: no selector is usage, an unknown one is not found, an ambiguous one lists, a bad option is usage',
  async (verb) => {
    while ((jsonOf((await sluice.run('ls', '-o', 'json')).stdout) as unknown[]).length < 2) {
      await sluice.run('run', 'examples/hello.yaml');
    }
    expect(await sluice.run(verb)).toMatchObject({ code: 2, stdout: '' });
    expect(await sluice.run(verb, '')).toMatchObject({ code: 2, stdout: '' });
    expect(await sluice.run(verb, 'nobody')).toMatchObject({ code: 4, stdout: '' });
    expect(await sluice.run(verb, 'w-')).toMatchObject({ code: 2, stderr: expect.stringContaining('several ids') });
    expect(await sluice.run(verb, 'last', '--bogus')).toMatchObject({ code: 2, stdout: '' });
  },
  testMsMax,
);

test(
  'a pause holds what is not running, every view says so, and a resume gives it back',
  async () => {
    expect((await sluice.run('submit', survey())).code).toBe(0);
    await until(({ workflow }) => workflow.counts.leased === 1);
    const rehearsed = await sluice.run('pause', 'survey', '--dry-run');
    expect(rehearsed).toMatchObject({ code: 0, stderr: '' });
    expect(rehearsed.stdout).toMatch(
      /^would pause .*: holds 3 waiting jobs; 1 running job goes on\n[^]*Nothing was changed/,
    );
    expect((await show()).workflow.state).toBe('running');

    const paused = PauseAnswer.parse(jsonOf((await sluice.run('pause', 'survey', '-o', 'json')).stdout));
    expect(paused).toMatchObject({ state: 'paused', changed: true, counts: { waiting: 3, leased: 1 } });
    writeFileSync(gate, '');
    await until(({ workflow }) => workflow.counts.finished === 1);
    await sleep(2_500); // longer than the brokers' sweep
    expect(await statesOf()).toEqual(['finished', 'ready', 'ready', 'waiting']);
    expect((await sluice.run('ls')).stdout).toMatch(/survey +paused/);
    expect((await sluice.run('ls', '--state', 'paused', '-o', 'id')).stdout.trim()).toBe(paused.workflow);
    const shown = (await sluice.run('show', 'survey')).stdout;
    expect(shown).toContain('PAUSED');
    expect(shown).toContain(`sluice resume ${paused.workflow}`);
    expect((await sluice.run('why', 'survey')).stdout).toContain(`paused since ${paused.pausedAt}`);
    expect((await sluice.run('why', 'survey', 'b')).stdout).toContain(`sluice resume ${paused.workflow}`);
    expect(await sluice.run('pause', 'survey')).toMatchObject({ code: 0, stdout: expect.stringContaining('already') });
    expect(await sluice.run('retry', 'survey')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not ended'),
    });

    const view = jsonOf((await sluice.run('down', '--dry-run', '-o', 'json')).stdout);
    expect(view).toMatchObject({ workflows: [{ id: paused.workflow, state: 'paused', running: 0 }] });
    expect(existsSync(join(sluice.stateDir, 'stack.json'))).toBe(true);

    const cancel = CancelAnswer.parse(jsonOf((await sluice.run('cancel', 'survey', '--dry-run', '-o', 'json')).stdout));
    expect(cancel).toMatchObject({ dryRun: true, ends: 3 });
    expect((await sluice.run('resume', 'survey', '--dry-run')).stdout).toContain(
      'gives back 2 ready and 1 waiting jobs',
    );
    expect((await show()).workflow.state).toBe('paused');
    expect(await sluice.run('resume', 'survey')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^resumed/) });
    expect((await sluice.run('wait', 'survey', '--timeout', '60')).code).toBe(1);
    expect(await statesOf()).toEqual(['finished', 'failed', 'failed', 'failed']);
    expect(await sluice.run('pause', 'survey')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has ended'),
    });
  },
  testMsMax,
);

test(
  'a retry takes what meets every condition, its dry run tells the same and changes nothing',
  async () => {
    for (const none of [
      ['--exit', '9'],
      ['--label', 'merge'],
      ['--site', 'moon'],
      ['--label', 'fit', '--reason', 'memory'],
    ]) {
      const refused = await sluice.run('retry', 'survey', ...none);
      expect([none, refused]).toEqual([
        none,
        { code: 4, stdout: '', stderr: expect.stringContaining('no failed job') },
      ]);
    }
    expect((await sluice.run('retry', 'survey', '--job', 'fit/nobody')).code).toBe(4);
    expect((await sluice.run('retry', 'survey', '--reason', 'parent_failed')).code).toBe(2);
    const one = ['retry', 'survey', '--job', 'fit/b', '--job', '2', '--exit', '7'];
    const rehearsed = await sluice.run(...one, '--dry-run');
    expect(rehearsed.stdout).toMatch(/^would retry 2 jobs, un-prune 1, touch 0 finished jobs\n/);
    const dry = RetryAnswer.parse(jsonOf((await sluice.run(...one, '--dry-run', '-o', 'json')).stdout));
    expect(dry.tasks.map(({ label, retried, unpruned }) => [label, retried, unpruned])).toEqual([
      ['fit', 2, 0],
      ['merge', 0, 1],
    ]);
    expect((await show()).workflow).toMatchObject({ state: 'partial', runNo: 1 });
    writeFileSync(join(folder.path, 'mended'), '');
    const real = await sluice.run(...one);
    expect(real).toMatchObject({ code: 0, stderr: '' });
    expect(real.stdout).toMatch(/^retrying 2 jobs, un-prunes 1, touches 0 finished jobs\n.* sluice watch w-/);
    expect((await sluice.run('wait', 'survey', '--timeout', '60')).code).toBe(0);
    expect((await show()).workflow).toMatchObject({ state: 'done', runNo: 2, counts: { finished: 4 } });
  },
  testMsMax,
);

test(
  'a retry on a stack that is down opens the next run and says what makes it go on',
  async () => {
    const file = join(folder.path, 'later.yaml');
    const later = join(folder.path, 'later');
    const argv = `[sh, -c, 'test -e ${later}']`;
    const template = `templates: { t: { command: { argv: ${argv} } } }`;
    writeFileSync(file, `apiVersion: sluice/v1\nname: later\n${template}\njobs: [{ name: a, template: t }]\n`);
    expect((await sluice.run('run', file)).code).toBe(1);
    expect((await sluice.run('down')).code).toBe(0);
    writeFileSync(later, '');
    expect(await sluice.run('down', '--dry-run')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'no stack runs here\n',
    });
    const retried = await sluice.run('retry', 'later');
    expect([retried.code, retried.stderr]).toEqual([0, expect.stringContaining('`sluice up`')]);
    expect((await sluice.run('why', 'later', 'a')).stdout).toContain('`sluice up`');
    expect((await sluice.run('up', '--workers', '1')).code).toBe(0);
    expect((await sluice.run('wait', 'later', '--timeout', '60')).code).toBe(0);
  },
  testMsMax,
);
