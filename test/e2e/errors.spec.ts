// Goal: who types finds out what failed, where and why, and what happened in between, safe from what jobs write.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ErrorGroups, JobAttempts, PublicEvent } from '#contracts';
import { makeTestFolder } from '#test-kit';
import { SluiceCommand } from './sluice-command.js';

const testMsMax = 120_000;
const folder = makeTestFolder('e2e-errors');
const state = join(folder.path, 'state');
const sluice = new SluiceCommand(state);
const document = join(folder.path, 'night.yaml');
writeFileSync(
  document,
  `apiVersion: sluice/v1
name: night
templates:
  calibrate: { command: { cmdline: 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo step $i >&2; done; echo out; printf "\\033[31mcannot open /raw/{name}.fits\\033[0m\\n" >&2; exit 3' }, retry: { retries: 1 } }
  coadd: { command: { argv: [sh, -c, 'echo KeyError: visit >&2; exit 1'] }, retry: { retries: 0 } }
  merge: { command: { argv: ['true'] } }
jobs:
  - { name: c1, template: calibrate }
  - { name: c2, template: calibrate }
  - { name: c3, template: calibrate }
  - { name: k, template: coadd }
  - { name: m, template: merge, after: [c1, k] }
  - { name: fine, template: merge }
`,
);

const linesOf = (text: string): string[] => text.trimEnd().split('\n');

beforeAll(async () => {
  const up = await sluice.run('up');
  if (up.code !== 0) throw new Error(up.stderr);
  const ended = await sluice.run('run', document);
  if (ended.code !== 1) throw new Error(ended.stderr);
}, testMsMax);

afterAll(async () => {
  await sluice.run('down');
  folder.remove();
}, testMsMax);

test(
  'errors: a line for all that failed alike, a sum, and what to do next',
  async () => {
    const { code, stdout } = await sluice.run('errors', 'last');
    expect(code).toBe(0);
    expect(linesOf(stdout)).toEqual([
      expect.stringMatching(/^group +count +label +reason +exit +site +message$/),
      expect.stringMatching(/^e1 +3 +calibrate +error +3 +local 3 +cannot open <path>.fits$/),
      expect.stringMatching(/^e2 +1 +coadd +error +1 +local 1 +KeyError: visit$/),
      '4 jobs failed; 1 pruned by these',
      'run them again:  sluice retry last --group e1',
      'look at one:     sluice logs last 0',
    ]);
    const found = ErrorGroups.parse(JSON.parse((await sluice.run('errors', 'last', '-o', 'json')).stdout));
    expect(found.groups.map(({ jobs }) => jobs)).toEqual([3, 1]);
  },
  testMsMax,
);

test(
  'jobs: conditions add up, values of one condition do not; a group goes by name and by fingerprint',
  async () => {
    const names = async (...filter: string[]): Promise<string[]> =>
      linesOf((await sluice.run('jobs', 'last', '-o', 'id', ...filter)).stdout);
    expect(await names('--group', 'e1')).toEqual(['c1', 'c2', 'c3']);
    const [fingerprint = ''] = linesOf((await sluice.run('errors', 'last', '-o', 'id')).stdout);
    expect(await names('--group', fingerprint, '--label', 'calibrate')).toEqual(['c1', 'c2', 'c3']);
    expect(await names('--exit', '1', '--exit', '3')).toEqual(['c1', 'c2', 'c3', 'k']);
    expect(await names('--state', 'failed', '--site', 'local', '--label', 'coadd')).toEqual(['k']);
    expect(await names('--reason', 'parent_failed')).toEqual(['m']);
    expect(await names('--site', 'elsewhere')).toEqual(['']);
    expect((await sluice.run('jobs', 'last', '--group', 'e9')).code).toBe(4);
    expect((await sluice.run('jobs', 'last', '--reason', 'bad luck')).code).toBe(2);
  },
  testMsMax,
);

test(
  'logs: every attempt, the end of what the last one wrote, and where it lies; no escape reaches the terminal',
  async () => {
    const { code, stdout } = await sluice.run('logs', 'last', 'calibrate/c1');
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001b');
    const lines = linesOf(stdout);
    expect(lines[0]).toBe('calibrate/c1 failed: error');
    expect(lines.filter((line) => /^ +[12] +1 +failed +error +3 +local/.test(line))).toHaveLength(2);
    expect(lines).toContain('  |  [31mcannot open /raw/c1.fits [0m');
    expect(lines).not.toContain('  | step 3');
    expect(lines).toContain('  | step 4');
    const place = /^whole log: (.*)$/m.exec(stdout)?.[1] ?? '';
    expect(readdirSync(place)).toEqual(expect.arrayContaining(['stderr', 'stdout']));
    const all = await sluice.run('logs', 'last', '0', '--attempt', '1', '--all');
    expect(linesOf(all.stdout).slice(0, 3)).toEqual(['step 1', 'step 2', 'step 3']);
    expect(linesOf(all.stdout)).toHaveLength(13);
    expect((await sluice.run('logs', 'last', '0', '--stdout')).stdout).toBe('out\n');
    const found = JobAttempts.parse(JSON.parse((await sluice.run('logs', 'last', 'c1', '-o', 'json')).stdout));
    expect(found.attempts.map(({ attempt, exitCode }) => [attempt, exitCode])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect((await sluice.run('logs', 'last', 'c1', '--attempt', '7')).code).toBe(4);
    expect((await sluice.run('logs', 'last', 'nobody')).code).toBe(4);
    expect((await sluice.run('logs', 'last', 'm')).stdout).toContain('it was never tried');
  },
  testMsMax,
);

test(
  'retry --group runs the jobs of that group again and no other',
  async () => {
    const rehearsed = await sluice.run('retry', 'last', '--group', 'e1', '--dry-run', '-o', 'json');
    expect([rehearsed.code, JSON.parse(rehearsed.stdout)]).toEqual([
      0,
      expect.objectContaining({ retried: 3, unpruned: 0 }),
    ]);
    const fingerprints = linesOf((await sluice.run('errors', 'last', '-o', 'id')).stdout);
    const both = fingerprints.flatMap((fingerprint) => ['--group', fingerprint]);
    const all = await sluice.run('retry', 'last', ...both, '--dry-run', '-o', 'json');
    expect(JSON.parse(all.stdout)).toMatchObject({ retried: 4, unpruned: 1 });
    expect((await sluice.run('retry', 'last', '--group', 'e9', '--dry-run')).code).toBe(4);
    expect((await sluice.run('retry', 'last', '--group', '0123456789abcdef', '--dry-run')).code).toBe(4);
  },
  testMsMax,
);

test(
  'why names the root of a pruned job, and its group',
  async () => {
    expect((await sluice.run('why', 'last', 'm')).stdout).toMatch(/^root: .* \(group e[12], [13] jobs?\)$/m);
  },
  testMsMax,
);

test(
  'events: two replays are the same, and whoever goes on from a cursor gets the rest',
  async () => {
    const replay = async (...options: string[]): Promise<{ events: PublicEvent[]; place: string }> => {
      const { stdout, stderr } = await sluice.run('events', 'last', '-o', 'ndjson', ...options);
      const texts = linesOf(stdout).filter((line) => line !== '');
      const place = /--from (\S+)/.exec(stderr)?.[1] ?? '';
      return { events: texts.map((text) => PublicEvent.parse(JSON.parse(text))), place };
    };
    const first = await replay();
    expect((await replay()).events).toEqual(first.events);
    expect(first.events.at(-1)).toMatchObject({ type: 'org.sluice.workflow.ended.v1', data: { state: 'partial' } });
    const some = await replay('--limit', '2');
    const rest = await replay('--from', some.place);
    expect([...some.events, ...rest.events]).toEqual(first.events);
    expect((await replay('--type', 'workflow.ended')).events).toHaveLength(1);
    expect((await replay('--from', '2020-01-01T00:00:00Z')).events).toEqual(first.events);
    expect((await sluice.run('events', '--from', 'yesterday')).code).toBe(2);
    expect((await sluice.run('events', '--type', 'nothing')).code).toBe(2);
  },
  testMsMax,
);

test(
  'events --follow tells what happens meanwhile, until it is interrupted',
  async () => {
    const following = sluice.start('events', '--follow', '--type', 'workflow.ended', '-o', 'ndjson');
    const told: string[] = [];
    following.stdout?.on('data', (part) => told.push(String(part)));
    await sluice.run('run', 'examples/hello.yaml');
    const endMs = performance.now() + 20_000;
    while (linesOf(told.join('')).length < 2 && performance.now() < endMs)
      await new Promise((go) => setTimeout(go, 50));
    const exit = new Promise((resolve) => following.once('exit', resolve));
    following.kill('SIGINT');
    expect(await exit).toBe(130);
    const data = linesOf(told.join('')).map((text) => PublicEvent.parse(JSON.parse(text)).data);
    expect(data).toEqual([{ state: 'partial' }, { state: 'done' }]);
  },
  testMsMax,
);
