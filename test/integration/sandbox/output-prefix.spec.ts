/** Goal: what a job writes lies below the prefix of its space, however hard it tries, and is told when it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { LeaseJob, TerminalEvent } from '#contracts';
import { findTestBwrap, makeTestFolder, type TestFolder } from '#test-kit';
import { TrialGateway, type TrialTask } from '#worker';

const main = fileURLToPath(new URL('../../../apps/worker/src/main.js', import.meta.url));
const bwrap = await findTestBwrap();
if ('missing' in bwrap) process.stderr.write(`no sandbox is tried, since none works here: ${bwrap.missing}\n`);
const sandboxTest = 'missing' in bwrap ? test.skip : test;
const secret = 'what-bob-measured';

let folder: TestFolder;
let data: string;
let gateway: TrialGateway;
let url: string;
let worker: ChildProcess | null;
let said: string;

beforeEach(async () => {
  folder = makeTestFolder('output-prefix');
  data = join(folder.path, 'data');
  mkdirSync(join(data, 'bob'), { recursive: true });
  mkdirSync(join(data, 'shared'));
  writeFileSync(join(data, 'bob', 'secret'), secret);
  writeFileSync(join(data, 'shared', 'flat'), 'for all');
  writeFileSync(join(folder.path, 'token'), 'a-token', { mode: 0o600 });
  gateway = new TrialGateway({ heartbeatSec: 1, sandbox: 'off' });
  url = await gateway.listen();
  worker = null;
  said = '';
});
afterEach(async () => {
  if (worker !== null && worker.exitCode === null && worker.signalCode === null) {
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }
  await gateway.close();
  folder.remove();
});

function startWorker(sandbox: 'required' | 'off', ...flags: string[]): void {
  const own = ['--url', url, '--token-file', join(folder.path, 'token'), '--work-dir', join(folder.path, 'work')];
  const child = spawn(process.execPath, [main, ...own, '--cores', '2', '--sandbox', sandbox, ...flags], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, SLUICE_SANDBOX: '', SLUICE_BWRAP: 'path' in bwrap ? bwrap.path : '' },
  });
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  worker = child;
}

const ofAnn = (cmdline: string, besides: TrialTask = {}): TrialTask => ({
  ...{ transform: 'command', command: { cmdline, shell: '/bin/bash' }, params: { keepOutput: true } },
  ...{ resources: { memoryMib: 256 }, space: 'ann', outputPrefix: join(data, 'ann'), ...besides },
});

const vars = (): Record<string, string> => ({ data, ann: join(data, 'ann'), bob: join(data, 'bob') });

/** How a job of ann ended. */
async function endOf(task: TrialTask, job: Partial<LeaseJob> = {}): Promise<TerminalEvent> {
  const ordinal = gateway.applied.size;
  gateway.offer(task, [{ ordinal, vars: vars(), ...job }]);
  for (const endMs = Date.now() + 30_000; !gateway.applied.has(`1:${ordinal}:1`);) {
    if (Date.now() > endMs) throw new Error(`the job did not end: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return gateway.applied.get(`1:${ordinal}:1`) as TerminalEvent;
}

/** Ways out of the own folder; each line goes on after what it was refused. */
const tries = [
  'echo x > {bob}/by-absolute-path',
  'echo x > {ann}/../bob/by-dots',
  'ln -s {bob} {ann}/link; echo x > {ann}/link/by-link',
  'ln -s {data} {ann}/up; echo x > {ann}/up/bob/by-links',
  'ln {bob}/secret {ann}/hard; echo x >> {ann}/hard',
  'echo x > {ann}/own; mv {ann}/own {bob}/by-rename; mv {ann} {data}/moved; mv {data}/bob {ann}/taken',
  'for p in /proc/self/root /proc/1/root /proc/$PPID/root /proc/self/cwd/..; do echo x > $p{bob}/by-proc; done',
  'rm -rf {bob}; mkdir {data}/carl; touch {data}/file; chmod 777 {data}',
  'unshare -rm bash -c "mount --bind / /mnt; echo x > /mnt{bob}/by-mount"; umount -l {ann}',
  'cd {ann} && exec 7<. && rm -rf {ann}; cd /proc/self/fd/7/../bob && echo x > by-descriptor',
  'cat {bob}/secret {ann}/../bob/secret {ann}/link/secret {ann}/hard /proc/self/root{bob}/secret',
  'ls -R {data}; find / -name secret -not -path "/proc/*"',
];

sandboxTest(
  'no way leads a program out of the folder of its space, nor to what others have beside it',
  async () => {
    startWorker('required', '--bind', `${data}:rw`);
    for (const line of tries) {
      const end = await endOf(ofAnn(`{ ${line}; } 2>&1; :`));
      expect([line, end.outcome]).toEqual([line, 'finished']);
      expect(JSON.stringify(end)).not.toContain(secret);
    }
    expect(readdirSync(data).sort()).toEqual(['ann', 'bob', 'shared']);
    expect(readdirSync(join(data, 'bob'))).toEqual(['secret']);
    expect(readFileSync(join(data, 'bob', 'secret'), 'utf8')).toBe(secret);
  },
  120_000,
);

sandboxTest(
  'without a prefix the same tries get there: they are no blanks',
  async () => {
    startWorker('required', '--bind', `${data}:rw`);
    mkdirSync(join(data, 'ann'));
    for (const line of tries.slice(0, 4)) await endOf(ofAnn(`{ ${line}; } 2>&1; :`, { outputPrefix: undefined }));
    const got = ['by-absolute-path', 'by-dots', 'by-link', 'by-links', 'secret'];
    expect(readdirSync(join(data, 'bob')).sort()).toEqual(got);
  },
  60_000,
);

sandboxTest(
  'the folder of the space is made and may be written; what is bound for reading is seen',
  async () => {
    startWorker('required', '--bind', `${data}:rw`, '--bind', join(data, 'shared'));
    const end = await endOf(
      ofAnn('mkdir -p {ann}/{attempt} && cat {data}/shared/flat > {ann}/{attempt}/x && ! touch {data}/shared/new'),
      {
        outputs: [
          { name: 'x', uri: `file://${data}/ann/{attempt}/x` },
          { name: 'y', uri: `${data}/ann/y` },
        ],
      },
    );
    expect(end).toMatchObject({ outcome: 'finished' });
    expect(end.outputs).toEqual({ files: [{ name: 'x', uri: `file://${data}/ann/1/x`, bytes: 7 }] });
  },
  60_000,
);

sandboxTest(
  'of a space without a prefix all is as it was: the whole bind may be written',
  async () => {
    startWorker('required', '--bind', `${data}:rw`);
    const end = await endOf(ofAnn('echo x > {data}/anywhere', { outputPrefix: undefined }));
    expect(end).toMatchObject({ outcome: 'finished' });
    expect(end.outputs).toBeUndefined();
    expect(existsSync(join(data, 'anywhere'))).toBe(true);
  },
  60_000,
);

sandboxTest(
  'a program that does not find what its space hides is told why',
  async () => {
    startWorker('required', '--bind', `${data}:rw`);
    const end = await endOf(ofAnn('cat {bob}/secret'));
    expect(end).toMatchObject({ outcome: 'failed', reason: 'error' });
    expect(end.message).toContain('below the output prefix of their space');
  },
  60_000,
);

test.each([
  ['up and beside', 'ann/../bob/x', 'output/forbidden'],
  ['beside', 'anna/x', 'output/outside-space'],
])(
  'an output that is to lie %s fails its job before anything is started',
  async (_, below, code) => {
    startWorker('off');
    const outputs = [{ name: 'o', uri: join(data, 'ann').replace(/ann$/, '') + below }];
    const end = await endOf(ofAnn('echo x > {data}/started'), { outputs });
    expect(end).toMatchObject({ outcome: 'failed', reason: 'rejected' });
    expect(end.message).toContain(code);
    expect(existsSync(join(data, 'started'))).toBe(false);
  },
  60_000,
);

// B66
test.each([
  ['to a file of another space', 'ln -s {bob}/secret {ann}/o'],
  ['to a folder of another space', 'ln -s {bob} {ann}/o'],
  ['to where nothing is', 'ln -s {bob}/later {ann}/o'],
  ['by way of a folder', 'ln -s {bob} {ann}/folder; ln -s folder/secret {ann}/o'],
])(
  'an output that is a link %s fails its job',
  async (_, line) => {
    startWorker('off');
    const outputs = [{ name: 'o', uri: `${data}/ann/o` }];
    const end = await endOf(ofAnn(`mkdir {ann}; ${line}`), { outputs });
    expect(end).toMatchObject({ outcome: 'failed', reason: 'error' });
    expect(end.message).toContain('output/outside-space');
    expect(end.outputs).toBeUndefined();
  },
  60_000,
);

test('a link that stays below the prefix is an output like any other; so is a folder', async () => {
  startWorker('off');
  symlinkSync('bob', join(data, 'other'));
  const outputs = ['o', 'f'].map((name) => ({ name, uri: `${data}/ann/${name}` }));
  const end = await endOf(ofAnn('mkdir -p {ann}/f; echo 123 > {ann}/f/x; ln -s f/x {ann}/o'), { outputs });
  expect(end.outputs).toEqual({
    files: [
      { name: 'o', uri: `${data}/ann/o`, bytes: 4 },
      { name: 'f', uri: `${data}/ann/f` },
    ],
  });
}, 60_000);

test('very many outputs are told as far as there is room, and counted', async () => {
  startWorker('off');
  const outputs = Array.from({ length: 400 }, (_, no) => ({ name: `o${no}`, uri: `${data}/ann/o${no}` }));
  const end = await endOf(ofAnn('mkdir {ann}; for no in {0..399}; do : > {ann}/o$no; done'), { outputs });
  expect(end.outcome).toBe('finished');
  const { files, filesLeftOut } = end.outputs as { files: object[]; filesLeftOut: number };
  expect(files.length).toBeGreaterThan(50);
  expect(files.length + filesLeftOut).toBe(400);
}, 60_000);

test('in a space without a prefix outputs that nobody can look at are left out, and fail nothing', async () => {
  startWorker('off');
  const names = [
    `${data}/${'x'.repeat(300)}`,
    `${data}/bob/secret/below`,
    'file:///%00',
    's3://b/x',
    'own',
    `${data}/bob`,
  ];
  const outputs = names.map((uri, no) => ({ name: `o${no}`, uri }));
  const end = await endOf(ofAnn(':', { outputPrefix: undefined }), { outputs });
  expect(end).toMatchObject({ outcome: 'finished', outputs: { files: [{ name: 'o5', uri: `${data}/bob` }] } });
}, 60_000);
