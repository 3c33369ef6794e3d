// Goal: a gateway that trusts a real OpenID Connect provider, through rotations and outages of it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { LoginView, WhoAmI } from '#contracts';
import { RunningService, until } from '#test-kit';
import { call, folder, identityTrial, issuer, loginOf, refusalOf, stack, tokensOf } from './identity-trial.js';

// An hour in a minute: the keys of an issuer are asked for once a second at most.
identityTrial(600, { SLUICE_CLOCK_SCALE: '60' });

const withinMs = 20_000;

test('who has no token is told where to get one', async () => {
  const answer = await call('/api/v1/login', '');
  expect(LoginView.parse(await answer.json())).toEqual({ issuers: [loginOf(issuer.url)] });
});

test('a person who logged in there is known here, by issuer and subject, with the groups that the issuer says', async () => {
  const { token } = await tokensOf('ann');
  const me = WhoAmI.parse(await (await call('/api/v1/whoami', token)).json());
  expect(me).toMatchObject({ issuer: issuer.url, subject: 'ann', name: 'Ann Lee', kind: 'user', restricted: null });
  expect(me.groups).toEqual(['/rubin/dp2', '/rubin']);
  expect(Date.parse(me.tokenEndsAt ?? '')).toBeGreaterThan(Date.now());
  const [head, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, groups: ['/admins'] })).toString('base64url');
  expect(await refusalOf([head, forged, signature].join('.'))).toEqual([401, 'auth/signature']);
});

test("the stack's own token goes on to count: it is the local user's", async () => {
  const me = WhoAmI.parse(await (await call('/api/v1/whoami', stack.token)).json());
  expect(me).toMatchObject({ issuer: 'local', kind: 'user', roles: [{ space: '*', role: 'administrator' }] });
});

test('a refusal tells the reason in its header too', async () => {
  const answer = await call('/api/v1/whoami', (await tokensOf('bob')).token.slice(0, -8));
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", error_description="[ -~]+"$/);
});

test('tokens in the address are none, and one of 9,000 characters is not read', async () => {
  const { token } = await tokensOf('bob');
  expect(await refusalOf('', `/api/v1/whoami?access_token=${token}`)).toEqual([401, 'auth/token']);
  expect(await refusalOf(`${token}${'A'.repeat(9_000)}`)).toEqual([401, 'auth/token']);
});

test('keys may be turned over: new tokens count at once, those of keys that are gone no more', async () => {
  const before = (await tokensOf('ann')).token;
  expect((await call('/api/v1/whoami', before)).status).toBe(200);
  await issuer.turnKeys({ keep: true });
  const between = (await tokensOf('ann')).token;
  await until(
    'a token of the new key counts',
    withinMs,
    async () => (await call('/api/v1/whoami', between)).status === 200,
  );
  expect((await call('/api/v1/whoami', before)).status).toBe(200);
  await issuer.turnKeys();
  const after = (await tokensOf('ann')).token;
  await until(
    'a token of the newest key counts',
    withinMs,
    async () => (await call('/api/v1/whoami', after)).status === 200,
  );
  expect(await refusalOf(before)).toEqual([401, 'auth/signature']);
});

test('while the provider is away its tokens go on to count', async () => {
  const { token } = await tokensOf('ann');
  await until('the token counts', withinMs, async () => (await call('/api/v1/whoami', token)).status === 200);
  await issuer.pause();
  try {
    expect((await call('/api/v1/whoami', token)).status).toBe(200);
  } finally {
    await issuer.resume();
  }
});

test.each<[string, unknown, RegExp]>([
  ['is no list of issuers', { issuer: 'x' }, /SLUICE_ISSUERS_FILE.*issuers/],
  ['names an issuer without TLS', { issuers: [{ issuer: 'http://iam.example.org', audience: 's' }] }, /must be https/],
  ['has no audience', { issuers: [{ issuer: 'https://iam.example.org' }] }, /audience/],
  ['holds a secret', { issuers: [{ issuer: 'https://iam.example.org', audience: 's', secret: 'x' }] }, /secret/],
])('a gateway does not start with an issuers file that %s', async (_what, text, said) => {
  const file = join(folder.path, 'bad.json');
  writeFileSync(file, JSON.stringify(text));
  const environment = {
    ...{ DATABASE_URL: stack.database.url, NATS_URL: stack.nats.url, NATS_MONITOR_URL: 'none' },
    ...{ SLUICE_TOKEN_FILE: join(stack.folder.path, 'token'), SLUICE_ISSUERS_FILE: file },
  };
  const service = RunningService.launch('gateway', environment);
  expect(await service.ended()).toBe(2);
  expect(service.log).toMatch(said);
});
