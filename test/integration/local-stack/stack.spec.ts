/** Goal: a stack starts once, is shared, goes when nobody needs it, and leaves nothing behind however it ends. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import {
  openStack,
  readStack,
  stopStack,
  type OpenStack,
  type StackMode,
  type StackProgress,
  type StackRecord,
} from '#local-stack';
import { fakeApps } from './fake-apps.js';

const goneMsMax = 5_000;
let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'sluice-stack-'));
  chmodSync(stateDir, 0o755); // as root the database's user may enter, so everything is in here
  process.env['SLUICE_APPS'] = fakeApps(stateDir);
});

afterEach(async () => {
  await stopStack(stateDir);
  delete process.env['SLUICE_APPS'];
  rmSync(stateDir, { recursive: true, force: true });
});

const open = (mode: StackMode, more = {}): Promise<OpenStack> =>
  openStack({ stateDir, mode, settings: { httpPort: 0 }, ...more });

/** Pids of every process whose command line or working folder lies in the state folder. */
function leftRunning(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => `${pid} ${tracesOf(pid)}`)
    .filter((traces) => traces.includes(stateDir));
}

function tracesOf(pid: string): string {
  try {
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} in ${readlinkSync(`/proc/${pid}/cwd`)}`;
  } catch {
    return ''; // it has just ended
  }
}

async function untilNothingRuns(): Promise<string[]> {
  for (let waitedMs = 0; waitedMs < goneMsMax && leftRunning().length > 0; waitedMs += 50) await sleep(50);
  return leftRunning();
}

/** The first answer that is not a fault, within 20 s. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 200) {
    try {
      return await ask();
    } catch {
      await sleep(200);
    }
  }
  return ask();
}

function running(): StackRecord {
  const record = readStack(stateDir);
  if (record === null) throw new Error('no stack runs');
  return record;
}

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client(running().postgres?.url);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

test('a stack that run started goes with its only holder, and what it kept is there at the next start', async () => {
  const parts: string[] = [];
  const first = await open('run', {
    onProgress: (progress: { part: string; state: string }) => parts.push(`${progress.part} ${progress.state}`),
  });
  expect(first.started).toBe(true);
  expect(parts.filter((part) => part.endsWith('ready'))).toEqual([
    'postgres ready',
    'nats ready',
    'schema ready',
    'services ready',
    'workers ready',
  ]);
  expect(running()).toMatchObject({ url: first.url, ready: true, mode: 'run' });
  expect(await query('create table kept as select 42 as answer')).toEqual([]);
  await first.release();
  expect(leftRunning()).toEqual([]);

  const second = await open('run');
  expect(await query('select answer from kept')).toEqual([[42]]);
  await second.release();
}, 60_000);

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot(
  'a state folder that the database user may not enter names a place outside, and takes it with it',
  async () => {
    chmodSync(stateDir, 0o700);
    await (await open('run')).release();
    const place = readFileSync(join(stateDir, 'postgres.place'), 'utf8').trim();
    try {
      expect(place).toMatch(/^\/var\/tmp\/sluice-[0-9a-f]{16}$/);
      rmSync(join(stateDir, 'postgres.place'));
      rmSync(join(stateDir, 'postgres.secret'));
      const emptied = await open('run');
      expect(await query("select to_regclass('kept')")).toEqual([[null]]);
      await emptied.release();
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
  60_000,
);

test('a build migrates once, and again when the streams were wiped', async () => {
  const schemas: string[] = [];
  const onProgress = (progress: StackProgress) => {
    if (progress.part === 'schema' && progress.state === 'ready') schemas.push(progress.detail);
  };
  for (const wiped of [false, true, false]) {
    await (await open('run', { onProgress })).release();
    if (wiped) rmSync(join(stateDir, 'nats'), { recursive: true });
  }
  expect(schemas).toEqual(['created', 'as this build left it', 'up to date']);
}, 60_000);

test('everything that holds a secret can be read by its owner only', async () => {
  const stack = await open('run');
  for (const name of ['token', 'stack.json', 'postgres.secret', 'nats.secret', 'nats/nats.conf']) {
    expect([name, (statSync(join(stateDir, name)).mode & 0o777).toString(8)]).toEqual([name, '600']);
  }
  expect(stack.token.length).toBeGreaterThanOrEqual(32);
  await stack.release();
}, 60_000);

test('four that open at once share one stack, and it stays until the last lets go', async () => {
  const stacks = await Promise.all([1, 2, 3, 4].map(() => open('run')));
  expect(stacks.filter((stack) => stack.started)).toHaveLength(1);
  expect(new Set(stacks.map((stack) => stack.url)).size).toBe(1);
  for (const stack of stacks.slice(1)) await stack.release();
  expect(readStack(stateDir)).not.toBeNull();
  await stacks[0]?.release();
  expect(readStack(stateDir)).toBeNull();
}, 60_000);

test('a stack that was opened only to be read gets workers when someone comes to run jobs', async () => {
  const reader = await open('run', { settings: { httpPort: 0, workers: 0 } });
  const workers = () => running().processes.filter(({ name }) => name.startsWith('worker-'));
  expect(workers()).toHaveLength(0);
  const runners = await Promise.all([1, 2].map(() => open('run', { settings: { httpPort: 0, workers: 2 } })));
  expect(workers()).toHaveLength(2);
  for (const stack of [reader, ...runners]) await stack.release();
  expect(leftRunning()).toEqual([]);
}, 60_000);

test('after a kill -9 of the supervisor nothing is left within 5 s, and the next start carries on', async () => {
  const stack = await open('up');
  await query('create table kept as select 42 as answer');
  process.kill(running().pid, 'SIGKILL');
  await stack.lost;
  expect(await untilNothingRuns()).toEqual([]);
  expect(readStack(stateDir)).toBeNull();

  const next = await open('run');
  expect(await query('select answer from kept')).toEqual([[42]]);
  await next.release();
}, 60_000);

test('servers whose guards were killed too are ended by the next start', async () => {
  await open('up');
  const guards = leftRunning().filter((each) => each.includes(' guard '));
  process.kill(running().pid, 'SIGSTOP'); // it must not see them die: it would start the servers anew
  for (const guard of guards) process.kill(Number.parseInt(guard, 10), 'SIGKILL');
  process.kill(running().pid, 'SIGKILL');
  await sleep(1_000);
  expect(leftRunning().filter((each) => /\d+ \S*(postgres -D|nats-server --config)/.test(each))).toHaveLength(2);
  const next = await open('run');
  await next.release();
  expect(leftRunning()).toEqual([]);
}, 60_000);

test('a holder that is killed without a word lets go of a stack that run started', async () => {
  const code = `
    import { openStack } from ${JSON.stringify(fileURLToPath(new URL('../../../libs/local-stack/src/index.js', import.meta.url)))};
    await openStack({ stateDir: ${JSON.stringify(stateDir)}, mode: 'run', settings: { httpPort: 0 } });
    console.log('open');
  `;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: process.env,
  });
  await once(holder.stdout, 'data');
  expect(readStack(stateDir)).not.toBeNull();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await untilNothingRuns()).toEqual([]);
}, 60_000);

test('a detached stack goes on until its workflow has ended', async () => {
  await (await open('run')).detach({ until: 'w-running' });
  await sleep(2_500);
  expect(readStack(stateDir)).not.toBeNull();
  await stopStack(stateDir);
  await (await open('run')).detach({ until: 'w-ended' });
  expect(await untilNothingRuns()).toEqual([]);
}, 60_000);

test('a stack that is kept outlives its holders; stopStack ends it, and says when there is none', async () => {
  const stack = await open('run');
  await stack.keep();
  await stack.release();
  await sleep(500);
  expect(running().mode).toBe('up');
  expect(await stopStack(stateDir)).toBe(true);
  expect(leftRunning()).toEqual([]);
  expect(await stopStack(stateDir)).toBe(false);
}, 60_000);

test('a service and a server that crash are started again at the same address', async () => {
  const restarts: string[] = [];
  const stack = await open('run', {
    onProgress: (progress: { part: string; state: string }) =>
      progress.state === 'restarting' && restarts.push(progress.part),
  });
  await fetch(`${stack.url}/crash`).catch(() => undefined);
  const guard = running().processes.find(({ name }) => name === 'postgres');
  const server = Number(readFileSync(join(running().postgres?.place ?? '', 'postmaster.pid'), 'utf8').split('\n')[0]);
  expect(guard).toBeDefined();
  process.kill(server, 'SIGQUIT');
  expect(await eventually(() => fetch(`${stack.url}/anything`).then((answer) => answer.ok))).toBe(true);
  expect(await eventually(() => query('select 1'))).toEqual([[1]]);
  expect(restarts.sort()).toEqual(['postgres', 'services']);
  await stack.release();
}, 60_000);

test('a start that fails says why, with the end of the log, and leaves nothing', async () => {
  process.env['SLUICE_APPS'] = fakeApps(mkdtempSync(join(stateDir, 'broken-')), {
    all: 'console.error("the flux capacitor is missing"); process.exit(3);',
  });
  await expect(open('run')).rejects.toThrow(/all did not start \(it ended with code 3\)[^]*flux capacitor is missing/);
  expect(leftRunning()).toEqual([]);
  expect(readStack(stateDir)).toBeNull();
}, 60_000);

test('giving up while it starts leaves nothing', async () => {
  const impatient = new AbortController();
  const stack = open('run', { signal: impatient.signal, onProgress: () => impatient.abort(new Error('enough')) });
  await expect(stack).rejects.toThrow('enough');
  expect(await untilNothingRuns()).toEqual([]);
}, 60_000);
