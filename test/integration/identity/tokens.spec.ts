// Goal: tokens that Sluice hands out: what each opens, what it does not, and that it ends when it is told to.
import { expect, test } from '@jest/globals';
import { Problem, RegisterAnswer, TokenMade, TokenPage, TokenView, WhoAmI } from '#contracts';
import { until } from '#test-kit';
import { call, identityTrial, issuer, refusalOf, stack, tokensOf } from './identity-trial.js';

identityTrial(600);

/** A revoked token counts for 5 s more at a gateway that has just seen it; machines are slow. */
const withinMs = 20_000;

async function made(json: unknown, by = stack.token): Promise<TokenMade> {
  const answer = await call('/api/v1/tokens', by, 'POST', json);
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(text);
  return TokenMade.parse(JSON.parse(text));
}

async function problemOf(answer: Promise<Response>): Promise<[number, string]> {
  const { status, code } = Problem.parse(await (await answer).json());
  return [status, code];
}

const worker = {
  site: 'USDF',
  worker: 'w',
  cores: 1,
  memoryMib: 1_000,
  walltimeSec: null,
  tags: {},
  transforms: ['noop@1'],
};
const register = (token: string, more: object = {}): Promise<Response> =>
  call('/worker/v1/sessions', token, 'POST', { ...worker, ...more });
const beat = { upMs: 1, heldCount: 0, heldHash: 0, leaseSeen: null, batches: [], draining: false };

const endedWith = (token: string, code: string): Promise<void> =>
  until(`401 ${code}`, withinMs, async () => {
    const answer = await call('/api/v1/whoami', token);
    return answer.status === 401 && Problem.parse(await answer.json()).code === code;
  });

test("a service's token acts for its owner, in the spaces and with the role that it was given", async () => {
  const { token, view } = await made({ kind: 'service', name: 'nightly', spaces: ['dp2'], role: 'submitter', days: 2 });
  expect(token).toMatch(/^sluice_service_[\w-]{43}$/);
  const days = (Date.parse(view.endsAt) - Date.parse(view.madeAt)) / 86_400_000;
  expect([view.state, Math.round(days * 1_000) / 1_000]).toEqual(['live', 2]);
  const me = WhoAmI.parse(await (await call('/api/v1/whoami', token)).json());
  expect(me).toMatchObject({
    ...{ issuer: 'local', kind: 'service', name: 'nightly', roles: [{ space: 'dp2', role: 'submitter' }] },
    restricted: { spaces: ['dp2'], role: 'submitter', site: null },
    tokenEndsAt: view.endsAt,
  });
  expect((await call('/api/v1/workflows', token)).status).toBe(200);
  expect((await problemOf(call('/api/v1/dead-letters', token)))[0]).toBeGreaterThanOrEqual(403);
});

test('of a token only a digest is kept', async () => {
  const { token, view } = await made({ kind: 'service', name: 'kept' });
  const rows = await stack.rows<{ text: string }>('select t::text as text from issued_token t where id = $1', [
    view.id,
  ]);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.text).not.toContain(token.slice(-43));
});

test('a token makes no tokens, and ends none', async () => {
  const { token, view } = await made({ kind: 'service', name: 'greedy' });
  expect(await problemOf(call('/api/v1/tokens', token, 'POST', { kind: 'service', name: 'more' }))).toEqual([
    ...[403, 'auth/not-allowed'],
  ]);
  expect((await problemOf(call(`/api/v1/tokens/${view.id}`, token, 'DELETE')))[0]).toBe(403);
});

test("a person makes tokens for programs, sees and ends their own, and nobody else's", async () => {
  const [ann, bob] = [(await tokensOf('ann')).token, (await tokensOf('bob')).token];
  const { view } = await made({ kind: 'service', name: "ann's" }, ann);
  expect(view.owner).toEqual({ issuer: issuer.url, subject: 'ann', name: 'Ann Lee' });
  const listed = async (by: string, query = ''): Promise<string[]> =>
    TokenPage.parse(await (await call(`/api/v1/tokens${query}`, by)).json()).tokens.map(({ id }) => id);
  expect(await listed(ann)).toEqual([view.id]);
  expect(await listed(bob)).toEqual([]);
  expect(await listed(stack.token, '?everybody=true')).toContain(view.id);
  expect((await problemOf(call('/api/v1/tokens?everybody=true', bob)))[0]).toBe(403);
  expect(await problemOf(call(`/api/v1/tokens/${view.id}`, bob, 'DELETE'))).toEqual([404, 'not-found']);
  for (const kind of ['pool', 'site']) {
    expect((await problemOf(call('/api/v1/tokens', ann, 'POST', { kind, name: 'x', site: 'USDF' })))[0]).toBe(403);
  }
  const ended = TokenView.parse(await (await call(`/api/v1/tokens/${view.id}`, ann, 'DELETE')).json());
  expect(ended).toMatchObject({ state: 'revoked', revokedBy: 'Ann Lee' });
  expect(await listed(ann)).toEqual([]);
  expect(await listed(ann, '?all=true')).toEqual([view.id]);
});

test('a token that was revoked, or has ended, opens nothing within seconds', async () => {
  const revoked = await made({ kind: 'service', name: 'revoked' });
  const ended = await made({ kind: 'service', name: 'ended', days: 1 });
  for (const { token } of [revoked, ended]) expect((await call('/api/v1/whoami', token)).status).toBe(200);
  await call(`/api/v1/tokens/${revoked.view.id}`, stack.token, 'DELETE');
  await stack.rows('update issued_token set end_at = now() where id = $1', [ended.view.id]);
  await endedWith(revoked.token, 'auth/revoked');
  await endedWith(ended.token, 'auth/expired');
}, 60_000);

test.each([
  ['no end', { kind: 'service', name: 'x', days: 367 }],
  ['no name', { kind: 'service', name: '' }],
  ['a role that is none', { kind: 'service', name: 'x', role: 'root' }],
  ['a site for a service', { kind: 'service', name: 'x', site: 'USDF' }],
  ['no site for a pool', { kind: 'pool', name: 'x' }],
  ['a space for a pool', { kind: 'pool', name: 'x', site: 'USDF', spaces: ['dp2'] }],
  ['another kind', { kind: 'root', name: 'x' }],
])('a token with %s is not made', async (_what, json) => {
  expect(await problemOf(call('/api/v1/tokens', stack.token, 'POST', json))).toEqual([422, 'schema/invalid']);
});

test.each(['sluice_service_', 'sluice_service_' + 'A'.repeat(43), 'sluice_root_' + 'A'.repeat(43)])(
  '%s is nobody',
  async (token) => expect(await refusalOf(token)).toEqual([401, 'auth/token']),
);

test("a pool's token lets in workers of its site, several at a time, and nothing else", async () => {
  const [one, other] = await Promise.all([
    made({ kind: 'pool', name: 'pilots', site: 'USDF' }),
    made({ kind: 'pool', name: 'pilots, next', site: 'USDF' }),
  ]);
  for (const { token } of [one, other]) expect((await register(token)).status).toBe(201);
  expect(await problemOf(register(one.token, { site: 'FrDF' }))).toEqual([403, 'auth/not-allowed']);
  expect(await refusalOf(one.token)).toEqual([403, 'auth/not-allowed']);
  const service = await made({ kind: 'service', name: 'no pool' });
  expect(await problemOf(register(service.token))).toEqual([403, 'auth/not-allowed']);
  const all = await made({ kind: 'pool', name: 'pilots of all', site: '*' });
  expect((await register(all.token, { site: 'FrDF' })).status).toBe(201);
  expect((await register(stack.token)).status).toBe(201);
});

test("when a pool's token is revoked its workers get no work more, and go on under another in the same session", async () => {
  const requestId = '0d9b5cb0-6d6e-4b7c-9d5e-3f2a1b0c9d8e';
  const [one, next] = [
    await made({ kind: 'pool', name: 'leaked', site: 'USDF' }),
    await made({ kind: 'pool', name: 'next', site: 'USDF' }),
  ];
  const session = RegisterAnswer.parse(await (await register(one.token, { requestId })).json());
  expect((await call('/worker/v1/heartbeat', session.token, 'POST', beat)).status).toBe(200);
  await call(`/api/v1/tokens/${one.view.id}`, stack.token, 'DELETE');
  await until('no beat is taken', withinMs, async () => {
    const answer = await call('/worker/v1/heartbeat', session.token, 'POST', beat);
    return answer.status === 401 && Problem.parse(await answer.json()).code === 'auth/revoked';
  });
  await until('nobody registers', withinMs, async () => (await register(one.token)).status === 401);
  const again = RegisterAnswer.parse(await (await register(next.token, { requestId })).json());
  expect(again.session).toBe(session.session);
  expect((await call('/worker/v1/heartbeat', again.token, 'POST', beat)).status).toBe(200);
}, 60_000);

test("a site's token drains, stops and opens its site, reports its use, and nothing else", async () => {
  const { token } = await made({ kind: 'site', name: 'USDF itself', site: 'USDF' });
  await register(stack.token);
  await register(stack.token, { site: 'FrDF' });
  const me = WhoAmI.parse(await (await call('/api/v1/whoami', token)).json());
  expect(me).toMatchObject({ kind: 'site', roles: [], restricted: { spaces: [], site: 'USDF' } });
  for (const order of ['drain', 'stop', 'open']) {
    expect((await call(`/api/v1/sites/USDF/${order}`, token, 'POST', {})).status).toBe(200);
    expect((await call(`/api/v1/sites/FrDF/${order}`, token, 'POST', {})).status).toBeGreaterThanOrEqual(403);
  }
  const used = (site: string): Promise<Response> =>
    call('/api/v1/shares/use', token, 'POST', { site, use: [{ share: 'none', coreHours: 1 }] });
  expect(await problemOf(used('USDF'))).toEqual([404, 'not-found']); // no such share: it may report
  expect((await problemOf(used('FrDF')))[0]).toBe(403);
  for (const path of ['/api/v1/dead-letters', '/api/v1/verify']) {
    expect((await call(path, token)).status).toBeGreaterThanOrEqual(403);
  }
});

test('when a token was used last is written down', async () => {
  const { token, view } = await made({ kind: 'service', name: 'used' });
  expect(view.usedAt).toBeNull();
  await call('/api/v1/whoami', token);
  await stack.service('gateway-1').stop();
  await stack.service('gateway-1').startAgain();
  const rows = await stack.rows<{ used: boolean }>(
    'select used_at is not null as used from issued_token where id = $1',
    [view.id],
  );
  expect(rows).toEqual([{ used: true }]);
}, 60_000);
