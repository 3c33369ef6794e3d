// Goal: what programs wrote is sent whole before their end is told, within bounds, and what goes wrong with it changes no end.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type KeepLog, logStreamBytesMax } from '#contracts';
import { defineTransform, JobFailure, z } from '#transform-sdk';
import { Journal } from './journal.js';
import { TrialGateway, type TrialOptions } from './trial-gateway.js';
import { Worker } from './worker.js';

type Writes = { stdout?: string; stderr?: string; fails?: boolean };
let writes: Writes;
let linkTo: string | null;
/** Stands for the real one: leaves the same files. */
const command = defineTransform({
  name: 'command',
  version: '1',
  params: z.unknown(),
  run: async (_params, ctx) => {
    const folder = await ctx.workFolder();
    const { stdout = '', stderr = '', fails = false } = writes;
    if (linkTo === null) writeFileSync(join(folder, 'stdout'), stdout);
    else symlinkSync(linkTo, join(folder, 'stdout'));
    writeFileSync(join(folder, 'stderr'), stderr);
    if (fails) throw new JobFailure({ message: 'it failed' });
  },
});

let folder: string;
let worker: Worker | null;
let journal: Journal | undefined;
let gateway: TrialGateway;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-logs-'));
  worker = null;
  linkTo = null;
});
afterEach(async () => {
  await worker?.drain();
  await journal?.close();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs one job. @returns its log, taken apart; null: none came */
async function logOf(
  rule: KeepLog,
  what: Writes,
  options: TrialOptions & { params?: object; leftOut?: boolean } = {},
): Promise<{ stdout: string; stderr: string } | null> {
  writes = what;
  gateway = new TrialGateway({ heartbeatSec: 1, ...options });
  gateway.logsLeftOut = options.leftOut ?? false;
  gateway.offer({ transform: 'command', params: options.params ?? null }, [{ ordinal: 0 }]);
  journal = Journal.open(join(folder, 'journal'), () => undefined);
  const url = await gateway.listen();
  worker = new Worker({
    ...{ url, poolToken: () => 'pool', site: 's', name: 'w', cores: 1, memoryMib: 100, walltimeSec: null, tags: {} },
    ...{ transforms: [command], workFolder: folder, keepFolders: 'none', journal, sessionFile: null, graceMs: 200 },
    ...{ logs: rule, log: () => undefined },
  });
  await worker.start();
  for (const endMs = Date.now() + 20_000; gateway.applied.size === 0;) {
    if (Date.now() > endMs) throw new Error('it was not reported');
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (options.fault && gateway.requests.logs > 0) void worker.drain();
  }
  const sent = gateway.logs.get('1:0:1');
  if (!sent) return null;
  const { body, stdoutBytes, sha256 } = sent;
  expect(createHash('sha256').update(body).digest('hex')).toBe(sha256);
  return {
    stdout: textOf(body.subarray(0, stdoutBytes)),
    stderr: textOf(body.subarray(stdoutBytes)),
  };
}

const textOf = (bytes: Buffer): string => (bytes.length === 0 ? '' : gunzipSync(bytes).toString());

test('both streams come whole, before the end is told', async () => {
  expect(await logOf('always', { stdout: 'said\n'.repeat(10_000), stderr: 'careful' })).toEqual({
    ...{ stdout: 'said\n'.repeat(10_000), stderr: 'careful' },
  });
});

test('the job has the last word, and only failures are sent where failures are asked for', async () => {
  expect(await logOf('failed', { stdout: 'x' })).toBeNull();
});
test('a failed one is sent by the rule of the worker', async () => {
  expect(await logOf('failed', { stdout: 'x', fails: true })).toEqual({ stdout: 'x', stderr: '' });
});
test('never is never', async () => {
  expect(await logOf('always', { fails: true }, { params: { keepLog: 'never' } })).toBeNull();
});

test('of a very long stream the middle is left out, and says so', async () => {
  const long = `begin${'x'.repeat(logStreamBytesMax)}end`;
  const log = await logOf('always', { stdout: long });
  expect(log?.stdout.startsWith('beginx')).toBe(true);
  expect(log?.stdout.endsWith('xend')).toBe(true);
  expect(log?.stdout).toContain('\n[... 8 bytes were left out here ...]\n');
  expect(log?.stdout.length).toBeLessThan(logStreamBytesMax + 100);
});

test('a link that the program left in place of its output is not followed', async () => {
  linkTo = join(folder, 'secret');
  writeFileSync(linkTo, 'the token of the worker');
  expect(await logOf('always', { stderr: 'see above' })).toEqual({ stdout: '', stderr: 'see above' });
});

test('without room, and where logs cannot be sent before the worker ends, the end is what it is', async () => {
  await logOf('always', { stdout: 'x' }, { leftOut: true });
  expect(gateway.ordinals('finished')).toEqual([0]);
});
test('a worker that ends waits for no log that cannot be sent', async () => {
  expect(await logOf('always', { stdout: 'x' }, { fault: (route) => (route === 'logs' ? 503 : null) })).toBeNull();
  expect(gateway.ordinals('finished')).toEqual([0]);
});
