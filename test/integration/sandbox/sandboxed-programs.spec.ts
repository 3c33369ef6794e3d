/** Goal: a program in a sandbox lives, ends and fails as one without, and leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { findTestBwrap } from '#test-kit';
import { noIsolation, type Isolation } from '#transform-sdk';
import { EscapeRig, processesSaying } from './escape-rig.js';

const bwrap = await findTestBwrap();
if ('missing' in bwrap) process.stderr.write(`no sandbox is tried, since none works here: ${bwrap.missing}\n`);
const sandboxTest = 'missing' in bwrap ? test.skip : test;

let rig: EscapeRig;
beforeAll(async () => {
  rig = await EscapeRig.start(bwrap);
});
afterAll(() => rig.stop());

const sh = (cmdline: string) => ({ command: { cmdline } });
const inSandbox = (cmdline: string, more: Partial<Isolation> = {}) =>
  rig.run(sh(cmdline), { ...rig.sandboxed, ...more });
const marked = (): string => `3${String(Math.trunc(performance.now() * 1_000))}`;

async function soonNone(text: string): Promise<number[]> {
  for (let look = 0; look < 200 && processesSaying(text).length > 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return processesSaying(text);
}

sandboxTest('a program has its folder, /tmp, its variables and what is installed', async () => {
  const line = `echo "$BAND $HOME $PWD" && echo kept > /job/kept && echo tmp > /tmp/tmp && cat /var/tmp/tmp && echo shm > /dev/shm/s && ${process.execPath} -p 40+2 && date > /dev/null`;
  const seen = await rig.run({ ...sh(line), env: { BAND: 'r' } }, rig.sandboxed);
  expect(seen).toMatchObject({ outcome: 'finished', stdout: 'r /job /job\ntmp\n42\n' });
  expect(readFileSync(`${seen.workFolder}/kept`, 'utf8')).toBe('kept\n');
});

sandboxTest('exit codes, signals and the end of stderr are told as without a sandbox', async () => {
  expect(await inSandbox('echo bad >&2; exit 3')).toMatchObject({ message: 'bad', usage: { exitCode: 3 } });
  expect(await inSandbox('kill -SEGV $$')).toMatchObject({
    reason: 'error',
    usage: { exitCode: 139, signal: 'SIGSEGV' },
  });
});

sandboxTest('what the sandbox itself takes is not the memory of the program', async () => {
  const resources = { memoryMib: 1 };
  for (let time = 0; time < 5; time += 1)
    expect(await rig.run({ ...sh('sleep 0.02'), resources }, rig.sandboxed)).toMatchObject({ outcome: 'finished' });
});

sandboxTest('a program that is not in the sandbox fails with 127 or 126, and who hides it is told', async () => {
  const start = (...argv: string[]) => rig.run({ command: { argv } }, rig.sandboxed);
  expect(await start('no-such-program-xyz')).toMatchObject({ reason: 'error', usage: { exitCode: 127 } });
  expect(await start('/etc/passwd')).toMatchObject({ reason: 'error', usage: { exitCode: 126 } });
  expect(await start(rig.secretFile('analysis'))).toMatchObject({
    ...{ reason: 'error', usage: { exitCode: 127 } },
    message: expect.stringContaining('SLUICE_BIND'),
  });
});

sandboxTest('a program that claims to be bubblewrap is believed nothing', async () => {
  const seen = await inSandbox(`echo 'bwrap: execvp x: No such file or directory' >&2; exit 1`);
  expect(seen).toMatchObject({ reason: 'error', usage: { exitCode: 1 } });
});

sandboxTest('a program starts in the folder that its template names, if the sandbox shows it', async () => {
  const place = rig.path('start');
  mkdirSync(place);
  const started = (cwd: string, isolation = rig.sandboxed, place: Record<string, string> = {}) =>
    rig.run({ command: { cmdline: 'pwd; echo x > written', cwd }, job: { vars: place } }, isolation);
  const shown = { ...rig.sandboxed, binds: [{ path: place, writable: true }] };
  expect(await started('{there}', shown, { there: place })).toMatchObject({ stdout: `${place}\n` });
  expect(readFileSync(`${place}/written`, 'utf8')).toBe('x\n');
  expect(await started(place, noIsolation)).toMatchObject({ stdout: `${place}\n` });
  expect(await started(place)).toMatchObject({ reason: 'error', message: expect.stringContaining('SLUICE_BIND') });
  expect(await started('start')).toMatchObject({ reason: 'rejected' });
  for (const isolation of [shown, noIsolation])
    expect(await started(`${place}/gone`, isolation)).toMatchObject({
      ...{ reason: 'error', message: expect.stringContaining('no such folder') },
    });
});

sandboxTest('who did not find a path that is not shown is told what opens it, whether it is there or not', async () => {
  for (const path of [rig.secretFile('there'), rig.path('not-there')])
    expect((await inSandbox(`cat ${path}`)).message).toContain(`jobs do not see ${path} here`);
  const own = await inSandbox('cat /job/gone /usr/gone gone');
  expect(own.message).not.toContain('jobs do not see');
});

sandboxTest('a bind that is gone is the fault of the site', async () => {
  const binds = [{ path: rig.path('gone'), writable: false }];
  const seen = await inSandbox('true', { binds });
  expect(seen).toMatchObject({ outcome: 'failed', reason: 'site', message: expect.stringContaining('gone') });
});

sandboxTest('at the end of its walltime a program is asked to end, with its children, and then ended', async () => {
  const stop = { afterMs: 400, reason: 'timeout' as const, graceMs: 5_000 };
  const asked = await rig.run({ ...sh('trap "echo bye >&2; exit 0" TERM; while :; do :; done'), stop }, rig.sandboxed);
  expect(asked).toMatchObject({ reason: 'timeout', message: 'stopped: timeout\nbye' });
  const mark = marked();
  const deaf = { ...sh(`trap "" TERM; sleep ${mark} & while :; do sleep 1; done`), stop: { ...stop, graceMs: 100 } };
  expect(await rig.run(deaf, rig.sandboxed)).toMatchObject({ reason: 'timeout', usage: { signal: 'SIGKILL' } });
  expect(await soonNone(mark)).toEqual([]);
});

sandboxTest('a daemon that leaves its group, and a flood of processes, end with their program', async () => {
  const mark = marked();
  const line = (word: string) =>
    `i=0; while [ $i -lt 100 ]; do setsid sh -c 'trap "" TERM HUP; sleep ${word}; :' & i=$((i+1)); done; echo $i`;
  expect(await inSandbox(line(mark))).toMatchObject({ outcome: 'finished', stdout: '100\n' });
  expect(processesSaying(mark)).toEqual([]);
  const left = marked(); // where nothing holds it, it stays
  spawnSync('/bin/sh', ['-c', `setsid sh -c 'sleep ${left}' & sleep 0.2`], { stdio: 'ignore' });
  const survivors = processesSaying(left);
  for (const pid of survivors) process.kill(pid, 'SIGKILL');
  expect(survivors).not.toEqual([]);
});

sandboxTest(
  "a job's variables act on its program only: not on what makes the sandbox, and in no arguments",
  async () => {
    mkdirSync(rig.path('loader'));
    const env = { LD_DEBUG: 'files', LD_DEBUG_OUTPUT: rig.path('loader/told'), KEY: rig.secret };
    const running = rig.run({ ...sh('sleep 0.5; test "$KEY"'), env }, rig.sandboxed);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(processesSaying(rig.secret)).toEqual([]);
    expect(await running).toMatchObject({ outcome: 'finished' });
    expect(readdirSync(rig.path('loader'))).toEqual([]);
    await rig.run({ ...sh('true'), env }, noIsolation);
    expect(readdirSync(rig.path('loader'))).not.toEqual([]);
  },
);

sandboxTest('what is put in the place of its output is not read by the worker', async () => {
  const secret = rig.secretFile('outside');
  for (const trick of [`ln -s ${secret} stderr`, 'mkfifo stderr', `ln -s ${secret} stdout`, 'mkdir stderr']) {
    const seen = await inSandbox(`rm stdout stderr; ${trick}; exit 9`);
    expect(seen).toMatchObject({ outcome: 'failed', usage: { exitCode: 9 } });
    expect(seen.message).not.toContain(rig.secret);
  }
});

sandboxTest('a bind is read-only unless it says rw, and what is hidden stays hidden below it', async () => {
  const place = rig.path('shared');
  mkdirSync(`${place}/own`, { recursive: true });
  writeFileSync(`${place}/catalogue`, 'stars');
  writeFileSync(`${place}/token`, rig.secret);
  writeFileSync(`${place}/own/journal`, rig.secret);
  const hidden = [`${place}/token`, `${place}/own`];
  const bound = (writable: boolean) => ({ binds: [{ path: place, writable }], hidden });
  expect(await inSandbox(`cat ${place}/catalogue`, bound(false))).toMatchObject({ stdout: 'stars' });
  expect(await inSandbox(`echo x > ${place}/new`, bound(false))).toMatchObject({
    ...{ outcome: 'failed', message: expect.stringContaining('--bind PATH:rw') },
  });
  const seen = await inSandbox(
    `echo x > ${place}/new; cat ${place}/token ${place}/own/*; ls ${place}/own`,
    bound(true),
  );
  expect(seen.stdout + (seen.message ?? '')).not.toContain(rig.secret);
  expect(readFileSync(`${place}/new`, 'utf8')).toBe('x\n');
});

sandboxTest('a job that asks for a network has one, where the worker gives it to all others too', async () => {
  const line = rig.connecting({ host: '127.0.0.1', port: await rig.server({ host: '127.0.0.1' }) });
  const asking = { command: { cmdline: line, network: true } };
  expect(await rig.run(asking, rig.sandboxed)).toMatchObject({ outcome: 'finished' });
  expect(await inSandbox(line, { network: 'always' })).toMatchObject({ outcome: 'finished' });
  expect(await inSandbox(line)).toMatchObject({ outcome: 'failed' });
});

sandboxTest('who lacks a network is told how to ask for one', async () => {
  const lookUp = `require('node:dns').lookup('sluice.example.org', (fault) => { console.error(fault.message); process.exit(1); })`;
  const seen = await inSandbox(`${process.execPath} -e "${lookUp}"`);
  expect(seen.message).toContain('command.network: true');
});

sandboxTest('shared memory ends at the memory of the job', async () => {
  const fill = { ...sh('head -c 64M /dev/zero > /dev/shm/x'), resources: { memoryMib: 8 } };
  const limited = 'options' in bwrap && bwrap.options.has('--size');
  expect(await rig.run(fill, rig.sandboxed)).toMatchObject({ outcome: limited ? 'failed' : 'finished' });
});

const onX64 = process.arch === 'x64' ? sandboxTest : test.skip;
onX64('nobody types into a terminal or talks with the hypervisor: such calls are refused by number', async () => {
  const refused = (call: string): string => `perl -e '${call}; exit($!{EPERM} ? 7 : 0)'`;
  const typing = refused('open(my $t, "+<", "/dev/null"); my $c = "x"; ioctl($t, 0x5412, $c)');
  const vsock = refused('socket(my $s, 40, 1, 0)');
  for (const line of [typing, vsock]) {
    expect(await inSandbox(line)).toMatchObject({ usage: { exitCode: 7 } });
    expect(await rig.run(sh(line), noIsolation)).toMatchObject({ usage: { exitCode: 0 } });
  }
});

test('where a sandbox is required and none is there, nothing is started and the site is at fault', async () => {
  const isolation: Isolation = { ...noIsolation, sandbox: 'required', bwrap: { missing: 'there is no bwrap on PATH' } };
  const seen = await rig.run(sh('echo ran'), isolation);
  expect(seen).toMatchObject({ outcome: 'failed', reason: 'site', stdout: '' });
  expect(seen.message).toContain('no bwrap on PATH');
});

test('where a sandbox is used if there is one, and there is none, the program runs as it is', async () => {
  const isolation: Isolation = { ...noIsolation, sandbox: 'auto', bwrap: { missing: 'there is no bwrap on PATH' } };
  expect(await rig.run(sh('echo ran'), isolation)).toMatchObject({ outcome: 'finished', stdout: 'ran\n' });
});
