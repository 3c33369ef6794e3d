// Goal: `sluice login` against a real provider: the test is the person at the browser.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { WhoAmI } from '#contracts';
import { type Ended, runSluice } from '#test-kit';
import { agreeInBrowser } from '../../kit/oidc-issuer.js';
import { folder, identityTrial, issuer, stack } from './identity-trial.js';

// Each token is renewed a minute before it ends: after 2 s.
identityTrial(62);

const entry = fileURLToPath(new URL('../../../apps/cli/src/main.js', import.meta.url));
const configDir = (): string => join(folder.path, 'config');
const environment = (): Record<string, string> => ({ SLUICE_CONFIG_DIR: configDir(), SLUICE_TOKEN_FILE: '' });
const sluice = (...args: string[]): Promise<Ended> => runSluice(stack, args, environment());

interface Saved {
  token: string;
  refreshToken: string;
}
function saved(): Saved & { file: string } {
  const [name = ''] = readdirSync(join(configDir(), 'logins'));
  const file = join(configDir(), 'logins', name);
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as Saved), file };
}

/** Begins a log-in. @returns the process, and the page that it sends the person to */
async function begin(): Promise<{ child: ChildProcessWithoutNullStreams; page: string; said: () => string }> {
  const env = { PATH: process.env['PATH'], SLUICE_URL: stack.urls[0], ...environment() };
  const child = spawn(process.execPath, [entry, 'login', '--insecure-dev'], { env });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  for (;;) {
    const page = /^or +(\S+)$/m.exec(text)?.[1];
    if (page !== undefined) return { child, page, said: () => text };
    if (child.exitCode !== null) throw new Error(`it ended: ${text}`);
    await sleep(20);
  }
}

const ended = (child: ChildProcessWithoutNullStreams): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', resolve));

async function logIn(person: string): Promise<string> {
  const { child, page, said } = await begin();
  const end = ended(child);
  await agreeInBrowser(page, person);
  expect([await end, said()]).toEqual([0, expect.stringContaining('logged in')]);
  return said();
}

test('without a log-in the command line is let in nowhere, and told what to do', async () => {
  const { code, stderr } = await sluice('whoami');
  expect([code, stderr]).toEqual([4, expect.stringContaining('sluice login')]);
});

test('a person logs in at the browser; the token is for its owner only, and in no argument', async () => {
  expect(await logIn('ann')).toContain('you are Ann Lee (ann)');
  const { file, token, refreshToken } = saved();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(configDir(), 'logins')).mode & 0o777).toBe(0o700);
  const { code, stdout, stderr } = await sluice('whoami', '-o', 'json');
  expect([code, stderr]).toEqual([0, '']);
  expect(WhoAmI.parse(JSON.parse(stdout))).toMatchObject({ issuer: issuer.url, subject: 'ann' });
  for (const secret of [token, refreshToken]) expect(stdout + stderr).not.toContain(secret);
}, 60_000);

test('a token that ends soon is renewed, once for all who run at the same time', async () => {
  await logIn('ann');
  const before = saved();
  await sleep(2_500);
  const together = await Promise.all([sluice('whoami'), sluice('whoami'), sluice('whoami')]);
  expect(together.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
    [0, ''],
  ]);
  const after = saved();
  expect(after.token).not.toBe(before.token);
  expect(after.refreshToken).not.toBe(before.refreshToken);
}, 60_000);

test('a file that others may read is not used', async () => {
  await logIn('ann');
  const { chmodSync } = await import('node:fs');
  chmodSync(saved().file, 0o644);
  const { code, stderr } = await sluice('whoami');
  expect([code, stderr]).toEqual([2, expect.stringContaining('others may read')]);
  chmodSync(saved().file, 0o600);
}, 60_000);

test('who logs out is let in no more, and the issuer forgets the rest', async () => {
  await logIn('bob');
  const { refreshToken } = saved();
  expect((await sluice('logout')).code).toBe(0);
  expect(readdirSync(join(configDir(), 'logins'))).toEqual([]);
  expect((await sluice('whoami')).code).toBe(4);
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'sluice-cli' };
  const answer = await fetch(`${issuer.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
  expect(answer.status).toBe(400);
}, 60_000);

test.each([
  ['http elsewhere', ['login', '--url', 'http://sluice.example.org'], 'is not https'],
  ['an issuer without TLS, unless told so', ['login'], 'is not https'],
  ['an issuer that the server does not trust', ['login', '--issuer', 'https://evil.example'], 'does not trust'],
])('log-ins do not go to %s', async (_what, args, said) => {
  const { code, stderr } = await sluice(...args);
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining(said)]);
  expect(code).not.toBe(0);
});
