/** Goal: a real worker process keeps its own secrets from its jobs, and holds what it and its site say of the sandbox. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTestBwrap, makeTestFolder, type TestFolder } from '#test-kit';
import { TrialGateway, type TrialOptions } from '#worker';
import { processesSaying } from './escape-rig.js';

const main = fileURLToPath(new URL('../../../apps/worker/src/main.js', import.meta.url));
const secret = 'a-secret-of-the-worker';
const bwrap = await findTestBwrap();
if ('missing' in bwrap) process.stderr.write(`no sandbox is tried, since none works here: ${bwrap.missing}\n`);
const sandboxTest = 'missing' in bwrap ? test.skip : test;
const bwrapPath = 'path' in bwrap ? bwrap.path : '';

let folder: TestFolder;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  folder = makeTestFolder('sandboxing');
  writeFileSync(join(folder.path, 'token'), secret, { mode: 0o600 });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  folder.remove();
});

async function gatewayOf(options: TrialOptions = {}): Promise<{ gateway: TrialGateway; url: string }> {
  const gateway = new TrialGateway({ heartbeatSec: 1, ...options });
  closers.push(() => gateway.close());
  return { gateway, url: await gateway.listen() };
}

/** A worker with the secret in its environment and, as file descriptor 40, in a file that somebody left open. */
function workerOf(
  url: string,
  sandbox: { flags: string[]; bwrap: string; cgroup?: string },
): { child: ChildProcess; said: () => string } {
  const open = openSync(join(folder.path, 'token'), 'r');
  const flags = ['--url', url, '--token-file', join(folder.path, 'token'), '--work-dir', join(folder.path, 'work')];
  const unused: 'ignore'[] = Array.from({ length: 37 }, () => 'ignore');
  const child = spawn(process.execPath, [main, ...flags, '--cores', '2', ...sandbox.flags], {
    stdio: ['ignore', 'inherit', 'pipe', ...unused, open],
    env: {
      ...process.env,
      SLUICE_SANDBOX: '',
      SLUICE_BWRAP: sandbox.bwrap,
      CANARY: secret,
      ...(sandbox.cgroup === undefined ? {} : { SLUICE_CGROUP: sandbox.cgroup }),
    },
  });
  closeSync(open);
  let text = '';
  child.stderr?.on('data', (part: Buffer) => (text += part.toString()));
  closers.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return { child, said: () => text };
}

const sh = (cmdline: string) => ({
  ...{ transform: 'command', command: { cmdline, shell: '/bin/bash' }, params: { keepOutput: true } },
  resources: { memoryMib: 64 },
});

async function until(reached: () => boolean, what: () => string): Promise<void> {
  for (const endMs = Date.now() + 20_000; !reached(); await new Promise((resolve) => setTimeout(resolve, 10)))
    if (Date.now() > endMs) throw new Error(`not reached: ${what()}`);
}

const snoop = 'cat /proc/$PPID/environ; cat <&40; cat /proc/*/fd/40; cat {token}; ls -d {work}/*; :';

sandboxTest('a job gets at nothing of its worker: token, environment, folder, open files', async () => {
  const { gateway, url } = await gatewayOf();
  const vars = { token: join(folder.path, 'token'), work: join(folder.path, 'work') };
  gateway.offer(sh(snoop), [{ ordinal: 0, vars }]);
  const worker = workerOf(url, { flags: [], bwrap: bwrapPath });
  await until(() => gateway.applied.size === 1, worker.said);
  const seen = JSON.stringify(gateway.applied.get('1:0:1'));
  expect(seen).toContain('"finished"');
  expect(seen).not.toContain(secret);
  expect(seen).not.toContain('journal');
  expect(gateway.registered[0]?.features).toContain('bwrap');
});

test('without a sandbox the same job gets at them, but for open files', async () => {
  const { gateway, url } = await gatewayOf();
  const vars = { token: join(folder.path, 'token'), work: join(folder.path, 'work') };
  gateway.offer(sh(snoop), [{ ordinal: 0, vars }]);
  gateway.offer(sh('cat <&40'), [{ ordinal: 1 }]);
  const worker = workerOf(url, { flags: [], bwrap: '/nowhere/bwrap' });
  await until(() => gateway.applied.size === 2, worker.said);
  expect(JSON.stringify(gateway.applied.get('1:0:1'))).toContain(secret);
  expect(gateway.applied.get('1:1:1')).toMatchObject({ outcome: 'failed' });
  expect(gateway.registered[0]?.features).not.toContain('bwrap');
});

test('a worker that must have a sandbox and has none ends with 2 and says what to do', async () => {
  const worker = workerOf('http://127.0.0.1:9', { flags: ['--sandbox', 'required'], bwrap: '/nowhere/bwrap' });
  const [code] = (await once(worker.child, 'exit')) as [number | null];
  expect(code).toBe(2);
  expect(worker.said()).toContain('SLUICE_BWRAP=/nowhere/bwrap is no program');
});

test('at a site that requires a sandbox a worker that has none starts no program: it goes back, charged to nobody', async () => {
  const { gateway, url } = await gatewayOf({ sandbox: 'required' });
  gateway.offer(sh('echo ran'), [{ ordinal: 0 }]);
  const worker = workerOf(url, { flags: [], bwrap: '/nowhere/bwrap' });
  await until(() => gateway.applied.size === 1, worker.said);
  expect(gateway.applied.get('1:0:1')).toMatchObject({ outcome: 'returned' });
  await until(() => worker.said().includes('attempt.unstarted'), worker.said);
});

sandboxTest('a site switches the sandbox off, and a worker told to use it where it can keeps it', async () => {
  const folderOf = async (...flags: string[]): Promise<string | null> => {
    const { gateway, url } = await gatewayOf({ sandbox: 'off' });
    gateway.offer(sh('pwd'), [{ ordinal: 0 }]);
    const worker = workerOf(url, { flags, bwrap: bwrapPath });
    await until(() => gateway.applied.size === 1, worker.said);
    worker.child.kill('SIGTERM');
    await once(worker.child, 'exit');
    return gateway.applied.get('1:0:1')?.message ?? null;
  };
  expect(await folderOf()).toContain(folder.path);
  expect(await folderOf('--sandbox', 'auto')).toBe('/job');
});

sandboxTest('programs of a worker that is killed end with it', async () => {
  const { gateway, url } = await gatewayOf();
  const mark = `4${Math.trunc(performance.now() * 1_000)}`;
  gateway.offer(sh(`setsid sleep ${mark} & sleep ${mark}`), [{ ordinal: 0 }]);
  const worker = workerOf(url, { flags: [], bwrap: bwrapPath });
  await until(() => processesSaying(mark).length >= 3, worker.said);
  worker.child.kill('SIGKILL');
  await once(worker.child, 'exit');
  await until(
    () => processesSaying(mark).length === 0,
    () => `${processesSaying(mark).length} processes are left`,
  );
});

// By a cgroup where this machine lends one, and by looking.
for (const [how, cgroup] of [
  ['as this machine can', undefined],
  ['by looking', 'off'],
] as const) {
  sandboxTest(
    `a job over its memory in a sandbox, held ${how}, ends for that, and its neighbours do not notice`,
    async () => {
      const { gateway, url } = await gatewayOf();
      const shared = join(folder.path, 'shared');
      mkdirSync(shared);
      const mark = `5${Math.trunc(performance.now() * 1_000)}`;
      const neighbour = sh(`until test -e ${shared}/go; do sleep 0.1; done; echo lived`);
      gateway.offer(neighbour, [{ ordinal: 1 }, { ordinal: 2 }]);
      // What it starts takes the memory, in a session of its own; tail keeps what has no line break.
      const greedy = sh(`sleep ${mark} & setsid sh -c 'head -c 900M /dev/zero | tail' > /dev/null & wait $!; exit 7`);
      gateway.offer({ ...greedy, resources: { memoryMib: 100 } }, [{ ordinal: 0 }]);
      const flags = ['--cores', '3', '--memory-mib', '1000', '--bind', shared];
      const worker = workerOf(url, { flags, bwrap: bwrapPath, cgroup });
      await until(() => gateway.applied.has('1:0:1'), worker.said);
      expect(gateway.applied.get('1:0:1')).toMatchObject({
        ...{ outcome: 'failed', reason: 'memory', message: expect.stringContaining('it may use 100 MiB') },
      });
      expect(processesSaying(mark)).toEqual([]);
      expect(gateway.applied.size).toBe(1);
      writeFileSync(join(shared, 'go'), '');
      await until(() => gateway.applied.size === 3, worker.said);
      for (const key of ['1:1:1', '1:2:1'])
        expect(gateway.applied.get(key)).toMatchObject({ outcome: 'finished', message: 'lived' });
      const held = gateway.registered[0]?.features.filter((feature) => feature.startsWith('cgroup'));
      if (cgroup === 'off') expect(held).toEqual([]);
    },
  );
}
