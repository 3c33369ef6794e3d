import { afterEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTransform, type Trial, type TrialRun } from '#transform-sdk';
import { command } from './command.js';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function run(trial: TrialRun): Promise<Trial> {
  const seen = await runTransform(command, trial);
  if (seen.workFolder !== null) folders.push(seen.workFolder);
  return seen;
}
const argv = (...words: string[]): TrialRun => ({ command: { argv: words } });
const sh = (cmdline: string): TrialRun => ({ command: { cmdline } });
const output = (trial: Trial) => readFile(join(trial.workFolder ?? '', 'stdout'), 'utf8');

/** An ended process that nobody has waited for yet still has its number; on Linux its state tells. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function soonGone(pid: number): Promise<boolean> {
  for (let look = 0; look < 100 && alive(pid); look += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  return !alive(pid);
}

test('placeholders come from vars and from the attempt itself, and values are words, not shell', async () => {
  const seen = await run({
    command: { argv: ['echo', '{visit}', '{attempt}', '{name}', '{ordinal}', '{unknown}', '${HOME}'] },
    job: { name: 'isr-7', attempt: 3, ordinal: 9, vars: { visit: '4 2; $(id)' } },
  });
  expect(await output(seen)).toBe('4 2; $(id) 3 isr-7 9 {unknown} ${HOME}\n');
  expect(seen).toMatchObject({ outcome: 'finished', usage: { exitCode: 0 } });
});

test('a command line goes through its shell', async () => {
  expect(await output(await run({ ...sh('echo "$((6*{x}))" | cat'), job: { vars: { x: '7' } } }))).toBe('42\n');
});

test('a program sees the given environment and nothing of the worker', async () => {
  process.env['SLUICE_TOKEN_FILE'] = '/secret';
  const seen = await run({ ...argv('env'), env: { BAND: '{band}' }, job: { vars: { band: 'r' } } });
  delete process.env['SLUICE_TOKEN_FILE'];
  const names = (await output(seen))
    .split('\n')
    .filter(Boolean)
    .map((line) => line.slice(0, line.indexOf('=')));
  const group = 'SLUICE_GROUP'; // where no cgroup is to be had
  expect(new Set(names.filter((name) => name !== group))).toEqual(
    new Set([
      ...['PATH', 'LANG', 'HOME', 'TMPDIR', 'BAND'],
      ...['SLUICE_WORKFLOW', 'SLUICE_LABEL', 'SLUICE_JOB', 'SLUICE_ORDINAL', 'SLUICE_ATTEMPT'],
    ]),
  );
  expect(await output(seen)).toContain('BAND=r\n');
  expect(await output(seen)).toContain(`HOME=${seen.workFolder}\n`);
});

test('a failure carries the exit code and the end of stderr, or of stdout when stderr is empty', async () => {
  expect(await run(sh('echo out; echo err >&2; exit 3'))).toMatchObject({
    outcome: 'failed',
    reason: 'error',
    message: 'err',
    usage: { exitCode: 3 },
  });
  expect(await run(sh('echo only out; exit 4'))).toMatchObject({ message: 'only out', usage: { exitCode: 4 } });
  expect(await run(sh('exit 5'))).toMatchObject({ message: 'sh ended with exit code 5 and wrote nothing' });
});

test('only the last 4,000 characters of a long stderr are kept, whole characters only', async () => {
  const seen = await run(
    sh(`head -c 100000 /dev/zero | tr '\\0' 'x' >&2; printf '%05000d' 0 | sed 's/0/é/g' >&2; exit 1`),
  );
  expect(seen.message).toBe('é'.repeat(4_000));
});

test('a program ended by a signal says which', async () => {
  expect(await run(sh('kill -SEGV $$'))).toMatchObject({ reason: 'error', usage: { signal: 'SIGSEGV' } });
});

test('a program that cannot be started fails with 127 or 126 and says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-command-'));
  folders.push(folder);
  await writeFile(join(folder, 'plain'), 'text');
  await chmod(join(folder, 'plain'), 0o644);
  expect(await run(argv('no-such-program-xyz'))).toMatchObject({
    reason: 'error',
    usage: { exitCode: 127 },
    message: expect.stringContaining('no such program on PATH'),
  });
  expect(await run(argv(join(folder, 'plain')))).toMatchObject({ reason: 'error', usage: { exitCode: 126 } });
  expect(await run(argv('echo', 'a\0b'))).toMatchObject({ reason: 'rejected' });
  expect(await run({})).toMatchObject({ reason: 'rejected' });
});

test('at the end of its walltime a program is asked to end, and says so in time', async () => {
  const seen = await run({
    ...sh('trap "echo bye >&2; exit 0" TERM; while :; do :; done'),
    stop: { afterMs: 150, reason: 'timeout', graceMs: 5_000 },
  });
  expect(seen).toMatchObject({ outcome: 'failed', reason: 'timeout', message: 'stopped: timeout\nbye' });
});

test('a program that ignores SIGTERM is killed after the grace time, with its children', async () => {
  const startedMs = performance.now();
  const seen = await run({
    ...sh('trap "" TERM; sh -c "trap \\"\\" TERM; echo \\$\\$; sleep 30; sleep 30" & sleep 30; sleep 30'),
    stop: { afterMs: 150, reason: 'evicted', graceMs: 200 },
  });
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(seen).toMatchObject({ reason: 'evicted', usage: { signal: 'SIGKILL' } });
  expect(await soonGone(Number(await output(seen)))).toBe(true);
});

test('a child left in the background is ended when its program has finished well', async () => {
  const seen = await run(sh('sleep 60 & echo $!'));
  expect(seen.outcome).toBe('finished');
  expect(await soonGone(Number(await output(seen)))).toBe(true);
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('peak memory is seen within a few MiB, also when it was freed before the end', async () => {
  const program =
    'let b = Buffer.alloc(200 * 1024 * 1024, 1); setTimeout(() => { b = null; }, 150); setTimeout(() => 0, 400)';
  const { usage } = await run(argv(process.execPath, '-e', program));
  expect(usage.peakMemoryMib).toBeGreaterThan(200);
  expect(usage.peakMemoryMib).toBeLessThan(400);
});

onLinux('CPU time of a program and its children is counted', async () => {
  // System time too: where a system call is slow it is the larger part.
  const burn = `while (Object.values(process.cpuUsage()).reduce((sum, us) => sum + us) < 300_000);`;
  const { usage } = await run(sh(`${process.execPath} -e '${burn}'; ${process.execPath} -e '${burn}'`));
  expect(usage.cpuSec).toBeGreaterThan(0.3);
  expect(usage.cpuSec).toBeLessThan(3);
});

test('many programs at once keep their outputs apart', async () => {
  const trials = await Promise.all(
    Array.from({ length: 20 }, (_, n) => run({ ...argv('echo', '{n}'), job: { vars: { n: String(n) } } })),
  );
  expect(await Promise.all(trials.map(output))).toEqual(Array.from({ length: 20 }, (_, n) => `${n}\n`));
});

test('the output of a finished job is kept where its params ask for it: stdout first, then stderr', async () => {
  const both = { ...sh('echo out; echo err >&2'), params: { keepOutput: true } };
  expect((await run(both)).usage.message).toBe('out\nstderr:\nerr');
  expect((await run({ ...both, params: { keepOutput: false } })).usage.message).toBeUndefined();
  expect((await run(sh('echo out'))).usage.message).toBeUndefined();
  expect((await run({ ...sh('echo err >&2'), params: { keepOutput: true } })).usage.message).toBe('err');
});

test('of much output the ends are kept, of both', async () => {
  const much = 'i=0; while [ $i -lt 3000 ]; do echo "$1$i"; i=$((i+1)); done';
  const seen = await run({
    ...sh(`f() { ${much}; }; f o; f e >&2`),
    params: { keepOutput: true },
  });
  const kept = seen.usage.message ?? '';
  expect(kept.length).toBeLessThanOrEqual(4_000);
  expect(kept).toContain('o2999\nstderr:\n');
  expect(kept.endsWith('e2999')).toBe(true);
  const short = await run({ ...sh(`f() { ${much}; }; echo few; f e >&2`), params: { keepOutput: true } });
  expect(short.usage.message?.startsWith('few\nstderr:\n')).toBe(true);
  expect(short.usage.message?.length).toBe(4_000);
});
