/**
 * Goal: jobs with an image run in it, contained. Against the real Apptainer where there is one (SLUICE_APPTAINER, PATH), in an
 * image made of this system's own folders; what is asked of it also against a stand-in that records its arguments.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTestBwrap } from '#test-kit';
import { noIsolation, type Bind, type Isolation } from '#transform-sdk';
import { findIsolation } from '#transforms';
import { EscapeRig } from './escape-rig.js';

const { apptainer } = await findIsolation(process.env, tmpdir());
if ('missing' in apptainer) process.stderr.write(`the real Apptainer is not tried: ${apptainer.missing}\n`);
const realTest = 'missing' in apptainer ? test.skip : test;

let rig: EscapeRig;
let image: string;
const binds: Bind[] = [];
beforeAll(async () => {
  rig = await EscapeRig.start(await findTestBwrap());
  image = rig.path('image');
  for (const name of ['dev', 'proc', 'sys', 'tmp', 'var/tmp', 'etc', 'job', 'root'])
    mkdirSync(join(image, name), { recursive: true });
  for (const path of ['/usr', '/bin', '/lib', '/lib64']) {
    if (!existsSync(path)) continue;
    if (lstatSync(path).isSymbolicLink()) symlinkSync(readlinkSync(path), join(image, path));
    else {
      mkdirSync(join(image, path));
      binds.push({ path, writable: false });
    }
  }
});
afterAll(() => rig.stop());

const contained = (): Isolation => ({ ...noIsolation, sandbox: 'auto', apptainer, binds });
const inImage = (cmdline: string, more: object = {}) => rig.run({ command: { cmdline, image }, ...more }, contained());

realTest('a program runs in its image, in its own folder, with its own variables', async () => {
  const seen = await inImage('pwd; echo "$BAND $TMPDIR"; echo x > /job/kept; echo y > /tmp/y; cat /var/tmp/y', {
    env: { BAND: 'r' },
  });
  expect(seen).toMatchObject({ outcome: 'finished', stdout: '/job\nr /tmp\ny\n' });
  expect(readFileSync(join(seen.workFolder ?? '', 'kept'), 'utf8')).toBe('x\n');
});

realTest('how a program in an image ended is told, and what it did not find is its own fault', async () => {
  expect(await inImage('echo bad >&2; exit 3')).toMatchObject({ reason: 'error', usage: { exitCode: 3 } });
  const absent = await rig.run({ command: { argv: ['no-such-program-xyz'], image } }, contained());
  expect(absent).toMatchObject({ reason: 'error', usage: { exitCode: 127 } });
  const gone = await rig.run({ command: { argv: ['true'], image: rig.path('gone.sif') } }, contained());
  expect(gone).toMatchObject({ reason: 'site', message: expect.stringContaining('gone.sif') });
});

realTest('a program in an image is asked to end, and leaves nothing behind', async () => {
  const stop = { afterMs: 3_000, reason: 'timeout' as const, graceMs: 10_000 };
  const seen = await inImage('trap "echo bye >&2; exit 0" TERM; while :; do sleep 0.1; done', { stop });
  expect(seen).toMatchObject({ reason: 'timeout', message: expect.stringContaining('bye') });
});

const escapes = [
  ["the worker's token", () => `cat ${rig.tokenFile}`],
  ["another process's environment", async () => `cat /proc/${await rig.neighbour()}/environ`],
  ['a neighbour, to end it', async () => `kill -9 ${await rig.neighbour()}`],
  [
    'a server of this machine',
    async () => `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${await rig.server({ host: '127.0.0.1' })}'`,
  ],
  ["the kernel's settings", () => 'f=/proc/sys/kernel/core_pattern; cat $f > kept && cat kept > $f'],
  ["the system's settings", () => 'f=/sys/kernel/mm/ksm/run; test -e $f && cat $f > kept && cat kept > $f'],
  ['a capability', () => "! grep -q '^CapEff:.0000000000000000' /proc/self/status"],
  ['privileges, by a setuid program', () => "grep -q '^NoNewPrivs:.0' /proc/self/status"],
] as const;

for (const [what, line] of escapes) {
  realTest(`in an image no program gets at ${what}`, async () => {
    expect(await inImage(await line())).toMatchObject({ outcome: 'failed', reason: 'error' });
  });
}

test('Apptainer is asked to contain the image, and gets variables of the job in no argument', async () => {
  const standIn = rig.path('stand-in');
  writeFileSync(standIn, '#!/bin/sh\nprintf "%s\\n" "$@"; env | sort\n');
  chmodSync(standIn, 0o755);
  const isolation = { ...noIsolation, apptainer: { path: standIn, options: new Set<string>() } };
  const trial = {
    command: { argv: ['run', 'a b'], image: 'docker://lsst:{v}' },
    env: { LD_PRELOAD: rig.secret },
    job: { vars: { v: '9' } },
  };
  const { stdout } = await rig.run(trial, { ...isolation, sandbox: 'auto', binds: [{ path: '/sps', writable: true }] });
  const [args = '', variables = ''] = stdout.split('\nrun\na b\n');
  expect(args).toContain('--containall\n--cleanenv');
  expect(args).toContain('--net\n--network\nnone');
  expect(args).toContain('--bind\n/sps:/sps:rw');
  expect(args.endsWith('docker://lsst:9')).toBe(true);
  expect(args).not.toContain(rig.secret);
  expect(variables).toContain(`APPTAINERENV_LD_PRELOAD=${rig.secret}`);
  expect(variables).not.toMatch(/^(LD_PRELOAD|SLUICE_)/m);
});

test('what is hidden is covered in an image too, where a bind would show it', async () => {
  const standIn = rig.path('stand-in-2');
  writeFileSync(standIn, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(standIn, 0o755);
  const [place, own, token] = ['mine', 'mine/state', 'mine/token'].map((name) => rig.path(name));
  mkdirSync(String(own), { recursive: true });
  writeFileSync(String(token), rig.secret);
  const { stdout } = await rig.run(
    { command: { argv: ['true'], image: 'x.sif', cwd: String(place) } },
    {
      ...noIsolation,
      ...{ sandbox: 'auto', apptainer: { path: standIn, options: new Set<string>() } },
      ...{ binds: [{ path: String(place), writable: true }], hidden: [String(own), String(token), rig.workDir] },
    },
  );
  expect(stdout).toMatch(new RegExp(`--bind\n${place}:${place}:rw\n--bind\n.*/.nothing:${own}:ro\n`));
  expect(stdout).toContain(`--bind\n/dev/null:${token}:ro\n`);
  expect(stdout).not.toContain(`:${rig.workDir}:`);
  expect(stdout).toContain(`--pwd\n${place}\n`);
});

test('an image at a worker without Apptainer is the fault of the site, which says so', async () => {
  const isolation = { ...noIsolation, apptainer: { missing: 'there is no apptainer on PATH' } };
  const seen = await rig.run({ command: { argv: ['true'], image: 'x.sif' } }, isolation);
  expect(seen).toMatchObject({
    outcome: 'failed',
    reason: 'site',
    message: expect.stringContaining('no apptainer on PATH'),
  });
});
