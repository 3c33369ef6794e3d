// Goal: `sluice submit` that was killed or interrupted goes on where it was, with the same file and no other.
import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fated, makeTestFolder, TestStack, TrialLine, until } from '#test-kit';
import { SluiceCommand, type Ended } from './sluice-command.js';

const testMsMax = 120_000;
const jobs = 60_000;
const folder = makeTestFolder('resume');
const sluice = new SluiceCommand(join(folder.path, 'state'));
const tokenFile = join(folder.path, 'token');
/** What each of three connections passes before it stands still: two chunks of the twelve. */
const passedBytes = 400_000;

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start({ monitors: 1 });
  writeFileSync(tokenFile, stack.token, { mode: 0o600 });
}, testMsMax);
afterAll(async () => {
  await stack.stop();
  folder.remove();
}, testMsMax);

function documentFile(name: string, change = -1): string {
  const header = { apiVersion: 'sluice/v1', name, templates: { t: { transform: 'noop' } } };
  const lines = Array.from({ length: jobs }, (_, i) => ({ name: i === change ? 'changed' : `job_with_a_name_${i}` }));
  const file = join(folder.path, `${name}.ndjson`);
  writeFileSync(file, [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

const target = (url: string): string[] => ['--url', url, '--token-file', tokenFile];

const submit = (file: string, ...options: string[]): Promise<Ended> =>
  sluice.run('submit', file, ...options, ...target(stack.urls[0] ?? ''));

/** Submits over a network that stands still, and ends the command with `signal` when it has told its key. */
async function brokenOff(
  file: string,
  signal: NodeJS.Signals,
  verb: 'submit' | 'run' = 'submit',
): Promise<{ key: string; said: string; code: number | null }> {
  const proxy = await TrialLine.start(stack.urls[0] ?? '');
  proxy.meddlerOf = () => fated({ way: 'to', bytes: passedBytes, then: 'hold' });
  const child = sluice.start(verb, file, ...target(proxy.url));
  let said = '';
  child.stderr?.on('data', (part) => void (said += String(part)));
  try {
    await until('the key', 30_000, () => /--resume (\w+)/.test(said));
    child.kill(signal);
    await once(child, 'close');
  } finally {
    await proxy.stop();
  }
  return { key: /--resume (\w+)/.exec(said)?.[1] ?? '', said, code: child.exitCode };
}

const workflows = (name: string): Promise<{ state: string; jobs: number }[]> =>
  stack.rows('select upload_state as state, job_count as jobs from workflow where name = $1', [name]);

test(
  'a submit that was killed goes on with what is stored: one workflow, nothing sent twice',
  async () => {
    const file = documentFile('killed');
    const { key } = await brokenOff(file, 'SIGKILL');
    expect(await workflows('killed')).toEqual([{ state: 'uploading', jobs: 0 }]);
    const [stored] = await stack.rows<{ at: string; n: number }>(
      'select max(stored_at)::text as at, count(*)::int as n from upload_chunk',
    );
    expect(stored?.n).toBeGreaterThan(0);
    const again = await submit(file, '--resume', key);
    expect(again).toMatchObject({ code: 0 });
    // What the gateway had whole when the client died it may have stored just afterwards.
    const goesOn = Number(/goes on: (\d+) chunk/.exec(again.stderr)?.[1]);
    expect([stored?.n, (stored?.n ?? 0) + 1]).toContain(goesOn);
    expect(again.stdout).toContain('60 000 jobs');
    expect(await workflows('killed')).toEqual([{ state: 'sealed', jobs }]);
    const third = await submit(file, '--resume', key);
    expect(third.code).toBe(0);
    expect(await workflows('killed')).toEqual([{ state: 'sealed', jobs }]);
  },
  testMsMax,
);

test(
  'Ctrl-C says how to go on and ends with 130; a file that changed is refused and not mixed in',
  async () => {
    const file = documentFile('interrupted');
    const { key, said, code } = await brokenOff(file, 'SIGINT');
    expect(code).toBe(130);
    expect(said).toContain(`interrupted: nothing of it runs, what was sent is kept`);
    expect(said).toMatch(new RegExp(`go on with: sluice submit ${file} .*--resume ${key}`));
    documentFile('interrupted', 7);
    const changed = await submit(file, '--resume', key);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toMatch(/HASH_MISMATCH {2}\/jobs\/0/);
    expect(await workflows('interrupted')).toEqual([{ state: 'uploading', jobs: 0 }]);
    documentFile('interrupted');
    expect(await submit(file, '--resume', key)).toMatchObject({ code: 0 });
    expect(await workflows('interrupted')).toEqual([{ state: 'sealed', jobs }]);
  },
  testMsMax,
);

test(
  'run goes on as well',
  async () => {
    const file = documentFile('followed');
    const { key, said, code } = await brokenOff(file, 'SIGINT', 'run');
    expect(code).toBe(130);
    expect(said).toMatch(new RegExp(`what was sent is kept, go on with: sluice run ${file} .*--resume ${key}`));
    const again = sluice.start('run', file, '--resume', key, ...target(stack.urls[0] ?? ''));
    let told = '';
    again.stderr?.on('data', (part) => void (told += String(part)));
    await until('it follows', 60_000, () => /goes on: [\s\S]* submitted/.test(told));
    again.kill('SIGTERM'); // no worker is there to run it
    await once(again, 'close');
    expect(await workflows('followed')).toEqual([{ state: 'sealed', jobs }]);
  },
  testMsMax,
);
