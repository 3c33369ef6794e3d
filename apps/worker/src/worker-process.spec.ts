import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TrialGateway, type TrialOptions } from '#worker';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
let folder: string;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-worker-process-'));
  writeFileSync(join(folder, 'token'), 'pool\n', { mode: 0o600 });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function gatewayOf(options: TrialOptions = {}): Promise<{ gateway: TrialGateway; url: string }> {
  const gateway = new TrialGateway({ heartbeatSec: 1, ...options });
  const url = await gateway.listen();
  closers.push(() => gateway.close());
  return { gateway, url };
}

interface WorkerProcess {
  child: ChildProcess;
  said: () => string;
  exited: Promise<number | null>;
  killedAt: () => Promise<void>;
}

function workerProcess(url: string, ...flags: string[]): WorkerProcess {
  const argv = [
    main,
    '--url',
    url,
    '--token-file',
    join(folder, 'token'),
    '--work-dir',
    join(folder, 'work'),
    ...flags,
  ];
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    env: { ...process.env, SLUICE_SUPERVISED: '1' },
  });
  let text = '';
  child.stderr?.on('data', (part: Buffer) => (text += part.toString()));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const killedAt = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  closers.push(killedAt);
  return { child, said: () => text, exited, killedAt };
}

async function until(reached: () => boolean, what: () => string): Promise<void> {
  const endMs = Date.now() + 20_000;
  while (!reached()) {
    if (Date.now() > endMs) throw new Error(`not reached: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const argv = (...words: string[]) => ({ transform: 'command', command: { argv: words }, resources: { memoryMib: 64 } });

test('a command runs, a failing one tells its exit code and stderr, what it used is measured', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer(argv('sh', '-c', 'echo {word}'), [{ ordinal: 0, vars: { word: 'hi' } }]);
  gateway.offer(argv('sh', '-c', 'echo no such visit >&2; exit 3'), [{ ordinal: 1 }]);
  const worker = workerProcess(url);
  expect(await once(worker.child, 'message')).toEqual([{ ready: true }, undefined]);
  await until(() => gateway.applied.size === 2, worker.said);
  expect(gateway.applied.get('1:0:1')).toMatchObject({ outcome: 'finished', exitCode: 0 });
  expect(gateway.applied.get('1:1:1')).toMatchObject({ outcome: 'failed', exitCode: 3, message: 'no such visit' });
  worker.child.kill('SIGTERM');
  expect(await worker.exited).toBe(0);
  expect(readdirSync(join(folder, 'work', 'journal'))).toEqual([]);
});

test('on SIGTERM a program in its grace time may end; one that outlasts it is evicted, and none is left', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer(argv('sleep', '1'), [{ ordinal: 0 }]);
  gateway.offer(argv('sleep', '77'), [{ ordinal: 1 }]);
  const worker = workerProcess(url, '--grace-sec', '4', '--cores', '2');
  await until(() => gateway.openAttempts.length === 2 && worker.said().includes('registered'), worker.said);
  await new Promise((resolve) => setTimeout(resolve, 300));
  worker.child.kill('SIGTERM');
  expect(await worker.exited).toBe(0);
  expect(gateway.applied.get('1:0:1')).toMatchObject({ outcome: 'finished' });
  expect(gateway.applied.get('1:1:1')).toMatchObject({ outcome: 'failed', reason: 'evicted', signal: 'SIGTERM' });
  expect(gateway.requests['sessions/end']).toBe(1);
}, 20_000);

test('a worker whose supervisor is gone drains by itself', async () => {
  const { gateway, url } = await gatewayOf();
  const worker = workerProcess(url);
  await once(worker.child, 'message');
  worker.child.disconnect();
  expect(await worker.exited).toBe(0);
  expect(gateway.requests['sessions/end']).toBe(1);
});

test('results of a worker killed with -9 before anybody heard of them are told by the next', async () => {
  let deaf = true;
  const { gateway, url } = await gatewayOf({ fault: (route) => (deaf && route === 'report' ? 'lose-request' : null) });
  gateway.offer(
    {},
    Array.from({ length: 50 }, (_, ordinal) => ({ ordinal })),
  );
  const first = workerProcess(url);
  await until(() => gateway.requests.report > 0, first.said);
  await first.killedAt();
  deaf = false;
  const second = workerProcess(url);
  await until(() => gateway.applied.size > 0, second.said);
  expect(second.said()).toContain('journal.replayed');
  expect(gateway.verdictCounts).toMatchObject({ stale: 0, duplicate: 0 });
});

test('transforms from a folder outside are offered without installing anything, and run', async () => {
  const { gateway, url } = await gatewayOf();
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  writeFileSync(
    join(outside, 'hello.mjs'),
    `import { defineTransform, z } from 'sluice/transform-sdk';
     export const hello = defineTransform({
       name: 'hello', version: '1', params: z.object({ whom: z.string() }),
       run: ({ whom }) => ({ text: 'hello ' + whom }),
     });`,
  );
  gateway.offer({ transform: 'hello', params: { whom: 'sky' } }, [{ ordinal: 0 }]);
  const worker = workerProcess(url, '--transforms', outside);
  await until(() => gateway.applied.size === 1, worker.said);
  expect(gateway.registered[0]?.transforms).toEqual(expect.arrayContaining(['command@1', 'noop@1', 'hello@1']));
  expect(gateway.applied.get('1:0:1')).toMatchObject({ outcome: 'finished', outputs: { text: 'hello sky' } });
});

test.each([
  ['an empty folder', null, 'no *.js'],
  ['a folder without a transform', 'export const x = 1;', 'nothing that it exports is a transform'],
  ['a broken module', 'export default {', 'is broken'],
  [
    'a name that is taken',
    `import { defineTransform } from 'sluice/transform-sdk'; import { z } from 'zod';
    export default defineTransform({ name: 'noop', version: '9', params: z.unknown(), run: () => undefined });`,
    'two transforms',
  ],
])('%s stops the worker with a clear message', async (_what, text, message) => {
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  if (text !== null) writeFileSync(join(outside, 'x.mjs'), text);
  const worker = workerProcess('http://127.0.0.1:9', '--transforms', outside);
  expect(await worker.exited).toBe(2);
  expect(worker.said()).toContain(message);
});

test('a refused token ends the worker with 1, and a work folder in use with 2', async () => {
  const { url } = await gatewayOf({ fault: (route) => (route === 'sessions' ? 401 : null) });
  const refused = workerProcess(url);
  expect(await refused.exited).toBe(1);
  expect(refused.said()).toContain('worker.refused');
  const waiting = workerProcess('http://127.0.0.1:9');
  await until(() => waiting.said().includes('gateway.away'), waiting.said);
  const second = workerProcess('http://127.0.0.1:9');
  expect(await second.exited).toBe(2);
  expect(second.said()).toContain('in use by process');
  waiting.child.kill('SIGTERM');
  expect(await waiting.exited).toBe(0);
});
