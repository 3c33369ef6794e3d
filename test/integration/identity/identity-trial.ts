/** Identity trials: importing it gives a test file a stack that trusts a real OpenID Connect provider. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from '@jest/globals';
import { IssuerClient, type IssuerLogin, type TokenSet } from '#client';
import { Problem } from '#contracts';
import { freePort, makeTestFolder, type TestFolder, TestStack } from '#test-kit';
import { agreeInBrowser, OidcIssuer } from '../../kit/oidc-issuer.js';

const clientId = 'sluice-cli';
const people = {
  ann: { name: 'Ann Lee', groups: ['/rubin/dp2', '/rubin'] },
  bob: { name: 'Bob', groups: [] },
};

export let stack: TestStack;
export let issuer: OidcIssuer;
export let folder: TestFolder;

/** How the stack tells its users to log in. */
export const loginOf = (url: string): IssuerLogin => ({
  ...{ issuer: url, clientId, scopes: ['openid', 'offline_access'], token: 'access' },
  parameters: { resource: 'urn:sluice:test' },
});

/** @param tokenSec how long the provider's tokens count @param environment of the stack's services */
export function identityTrial(tokenSec: number, environment: Record<string, string> = {}): void {
  beforeAll(async () => {
    folder = makeTestFolder('identity');
    issuer = await OidcIssuer.start({ people, audience: 'sluice', clientId, tokenSec }, await freePort());
    const { issuer: name, ...login } = loginOf(issuer.url);
    const file = join(folder.path, 'issuers.json');
    writeFileSync(
      file,
      JSON.stringify({ issuers: [{ issuer: name, audience: 'sluice', insecureLoopback: true, login }] }),
    );
    stack = await TestStack.start({ environment: { SLUICE_ISSUERS_FILE: file, ...environment } });
  }, 120_000);
  afterAll(async () => {
    await stack.stop();
    await issuer.stop();
    folder.remove();
  }, 60_000);
}

/** What a person gets who logs in there. */
export async function tokensOf(person: keyof typeof people): Promise<TokenSet> {
  const client = await IssuerClient.discover(loginOf(issuer.url), { proxyTo: () => null, insecureLoopback: true });
  const prompt = await client.begin();
  await agreeInBrowser(prompt.completeUri ?? prompt.verificationUri, person);
  for (;;) {
    const answer = await client.poll(prompt);
    if (typeof answer !== 'string') return answer;
    await sleep(prompt.intervalSec * 1_000);
  }
}

export const call = (path: string, token: string, method = 'GET', json?: unknown): Promise<Response> =>
  fetch((stack.urls[0] ?? '') + path, {
    method,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: json === undefined ? null : JSON.stringify(json),
  });

/** Status and code of a refusal; what it says never holds the token. */
export async function refusalOf(token: string, path = '/api/v1/whoami'): Promise<[number, string]> {
  const answer = await call(path, token);
  const text = await answer.text();
  const told = `${text} ${answer.headers.get('www-authenticate') ?? ''}`;
  for (const part of token.split('.').filter((each) => each.length > 8)) {
    if (told.includes(part)) throw new Error(`a refusal holds a part of the token: ${told}`);
  }
  const { status, code } = Problem.parse(JSON.parse(text));
  return [status, code];
}
