// Goal: every way to pass somebody else's word off as an issuer's is refused, with the reason and without the token.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { exportSPKI, type JWTPayload, UnsecuredJWT } from 'jose';
import { IssuerSettings } from '#contracts';
import { type Caller, RefusedToken } from '#core';
import { OidcVerifier } from './oidc-verifier.js';
import { TrialIssuer, trialKey, type TrialKey } from './trial-issuer.js';

let issuer: TrialIssuer;
let rsa: TrialKey;
let elliptic: TrialKey;
let stranger: TrialKey;
let verifier: OidcVerifier;
let clockMs: number;
let away: string[];

const verifierOf = (more: Partial<IssuerSettings> = {}): OidcVerifier =>
  new OidcVerifier({
    issuers: [IssuerSettings.parse({ issuer: issuer.url, audience: 'sluice', insecureLoopback: true, ...more })],
    now: () => new Date(),
    nowMs: () => clockMs,
    onAway: (_, fault) => away.push(fault.message),
  });

beforeAll(async () => {
  issuer = await TrialIssuer.start();
  [rsa, elliptic, stranger] = await Promise.all([trialKey('r1'), trialKey('e1', 'ES256'), trialKey('r1')]);
});
beforeEach(() => {
  issuer.keys = [rsa.jwk, elliptic.jwk];
  issuer.instead = null;
  issuer.asked = 0;
  clockMs = 1_000_000;
  away = [];
  verifier = verifierOf();
});
afterAll(() => issuer.stop());

const inSec = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const good = (claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> =>
  issuer.token(rsa, claims, header);

/** The code of the refusal; anything else fails. */
async function refusedWith(token: string): Promise<string> {
  const fault = await verifier.verify(token).catch((thrown: unknown) => thrown);
  if (!(fault instanceof RefusedToken)) throw new Error(`not refused: ${JSON.stringify(fault)}`);
  const told = `${fault.message} ${fault.remedy ?? ''}`;
  for (const piece of token.split('.').filter((text) => text.length > 8)) expect(told).not.toContain(piece);
  return fault.code;
}

const ann: Caller = {
  ...{ issuer: '', subject: 'ann', name: null, kind: 'user', groups: [], restricted: null },
};

test('a good token of either kind tells who calls', async () => {
  expect(await verifier.verify(await good())).toMatchObject({ ...ann, issuer: issuer.url });
  expect(await verifier.verify(await issuer.token(elliptic))).toMatchObject({ ...ann, issuer: issuer.url });
});

test.each<[string, JWTPayload, Partial<Caller>]>([
  ['groups exactly as they are said', { groups: ['/a/b', '/A', '/a/b'] }, { groups: ['/a/b', '/A'] }],
  ['a name for showing', { name: 'Ann Lee' }, { name: 'Ann Lee' }],
  ['no name that would draw on a terminal', { name: '\u001b[2J', preferred_username: 'ann' }, { name: 'ann' }],
  ['a service that calls for itself', { client_id: 'ann' }, { kind: 'service' }],
  ['our audience among others', { aud: ['other', 'sluice'] }, {}],
  ['clocks that differ by less than a minute', { exp: inSec(-30), iat: inSec(-90), nbf: inSec(50) }, {}],
  ['no time of issue', { iat: undefined }, {}],
])('a token is taken with %s', async (_what, claims, told) => {
  expect(await verifier.verify(await good(claims))).toMatchObject({ ...ann, issuer: issuer.url, ...told });
});

test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT'])('an access token may call itself %s', async (typ) => {
  expect(await verifier.verify(await good({}, { typ }))).not.toBeNull();
});

test('groups are read from the claim that the issuer uses, and from no other', async () => {
  verifier = verifierOf({ groupsClaim: 'wlcg.groups' });
  const token = await good({ 'wlcg.groups': ['/rubin'], groups: ['/admins'] });
  expect((await verifier.verify(token))?.groups).toEqual(['/rubin']);
});

test.each(['', 'garbage', 'a.b', 'a.b.c.d', 'sluice_service_abc', 's.1.00', 'a b.c.d'])(
  '%j is no token of an issuer: the next is asked',
  async (text) => expect(await verifier.verify(text)).toBeNull(),
);

/** Signed as HS256 with a text that everybody can read. */
function signedBy(secret: string, kid: string): string {
  const text = `${part({ alg: 'HS256', kid, typ: 'JWT' })}.${part({
    ...{ iss: issuer.url, sub: 'root', aud: 'sluice', exp: inSec(600) },
  })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const cut = (token: string): string => token.slice(0, token.lastIndexOf('.') + 1);
const withPayload = (token: string, change: JWTPayload): string => {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload;
  return [head, part({ ...claims, ...change }), signature].join('.');
};

test.each<[string, string, () => string | Promise<string>]>([
  [
    ...['B97 alg none', 'auth/algorithm'],
    () => new UnsecuredJWT({ sub: 'root', aud: 'sluice' }).setIssuer(issuer.url).setExpirationTime('1h').encode(),
  ] as [string, string, () => string],
  [
    'B97 alg none with the signature of a good one',
    'auth/algorithm',
    async () => {
      const [, payload, signature] = (await good()).split('.');
      return `${part({ alg: 'none' })}.${payload}.${signature}`;
    },
  ],
  ['B97 alg nOnE', 'auth/algorithm', async () => `${part({ alg: 'nOnE' })}.${(await good()).split('.')[1]}.`],
  [
    'B98 HS256 with the public key as text',
    'auth/algorithm',
    async () => signedBy(await exportSPKI(rsa.publicKey), 'r1'),
  ],
  ['B98 HS256 with the public key as JSON', 'auth/algorithm', () => signedBy(JSON.stringify(rsa.jwk), 'r1')],
  ['B98 HS256 with nothing', 'auth/algorithm', () => signedBy('', 'r1')],
  [
    'RS512, which is not on the list',
    'auth/algorithm',
    async () => {
      const key = await trialKey('r1', 'RS512');
      return issuer.token(key);
    },
  ],
  ['PS256, which is not on the list', 'auth/algorithm', async () => issuer.token(await trialKey('r1', 'PS256'))],
  ['B99 another issuer', 'auth/issuer', () => good({ iss: 'https://evil.example' })],
  ['B99 the issuer with a slash more', 'auth/issuer', () => good({ iss: `${issuer.url}/` })],
  ['B99 the issuer in capitals', 'auth/issuer', () => good({ iss: issuer.url.toUpperCase() })],
  ['no issuer', 'auth/issuer', () => good({ iss: undefined })],
  ['a list of issuers', 'auth/issuer', () => good({ iss: [issuer.url] as unknown as string })],
  ['the name of an inherited property as issuer', 'auth/issuer', () => good({ iss: '__proto__' })],
  ['B100 another audience', 'auth/audience', () => good({ aud: 'other' })],
  ['B100 an audience that begins as ours', 'auth/audience', () => good({ aud: 'sluice-test' })],
  ['B100 no audience', 'auth/malformed', () => good({ aud: undefined })],
  ['B101 expired', 'auth/expired', () => good({ exp: inSec(-120), iat: inSec(-600) })],
  ['B101 not yet', 'auth/not-yet', () => good({ nbf: inSec(120) })],
  ['issued in the future', 'auth/not-yet', () => good({ iat: inSec(3_600), exp: inSec(7_200) })],
  ['ended before it was issued', 'auth/malformed', () => good({ iat: inSec(30), exp: inSec(-30) })],
  ['no end', 'auth/malformed', () => good({ exp: undefined })],
  ['an end that is a text', 'auth/malformed', () => good({ exp: 'never' as unknown as number })],
  [
    'an end beyond numbers',
    'auth/signature',
    async () => {
      const [head = '', payload = '', signature = ''] = (await good()).split('.');
      const text = Buffer.from(payload, 'base64url')
        .toString()
        .replace(/"exp":\d+/, '"exp":1e999');
      return [head, Buffer.from(text).toString('base64url'), signature].join('.');
    },
  ],
  ['no subject', 'auth/malformed', () => good({ sub: undefined })],
  ['an empty subject', 'auth/malformed', () => good({ sub: ' ' })],
  ['a subject that is a number', 'auth/malformed', () => good({ sub: 7 as unknown as string })],
  ['a subject with a NUL', 'auth/malformed', () => good({ sub: 'ann\u0000root' })],
  ['a subject of 256 characters', 'auth/malformed', () => good({ sub: 'a'.repeat(256) })],
  ['groups that are one text', 'auth/malformed', () => good({ groups: 'admins' })],
  ['groups that are numbers', 'auth/malformed', () => good({ groups: [1] })],
  ['B102 a key that nobody knows', 'auth/signature', async () => issuer.token(await trialKey('unknown'))],
  ['the key of a stranger under a known name', 'auth/signature', () => issuer.token(stranger)],
  [
    'an elliptic key under the name of the other',
    'auth/signature',
    async () => issuer.token({ ...elliptic, kid: 'r1' }),
  ],
  ['B103 jku', 'auth/malformed', () => issuer.token(stranger, {}, { jku: 'https://evil.example/keys' })],
  ['B103 x5u', 'auth/malformed', () => issuer.token(stranger, {}, { x5u: 'https://evil.example/cert' })],
  ['its own key in its header', 'auth/malformed', () => issuer.token(stranger, {}, { jwk: stranger.jwk })],
  ['an extension that must be understood', 'auth/malformed', () => good({}, { crit: ['exp'], exp: 1 }).catch(() => '')],
  ['a logout token', 'auth/malformed', () => good({}, { typ: 'logout+jwt' })],
  ['no signature', 'auth/signature', async () => cut(await good())],
  ['a signature cut short', 'auth/signature', async () => (await good()).slice(0, -20)],
  ['another subject under a good signature', 'auth/signature', async () => withPayload(await good(), { sub: 'root' })],
  [
    'more groups under a good signature',
    'auth/signature',
    async () => withPayload(await good(), { groups: ['/admins'] }),
  ],
  ['a header that is no JSON', 'auth/malformed', async () => `eyJub25l.${(await good()).split('.')[1]}.AAAA`],
  ['a payload that is no JSON', 'auth/malformed', async () => `${(await good()).split('.')[0]}.bm9uZQ.AAAA`],
  ['a payload that is a list', 'auth/malformed', async () => `${(await good()).split('.')[0]}.${part([1])}.AAAA`],
])('%s is refused: %s', async (_what, code, make) => {
  const token = await make();
  if (token === '') return; // the library would not even sign it
  expect(await refusedWith(token)).toBe(code);
});

test('B102 tokens of unknown keys have the keys fetched once a minute, not once each', async () => {
  await verifier.verify(await good());
  expect(issuer.asked).toBe(1);
  const unknown = await Promise.all(['x', 'y', 'z'].map(async (kid) => issuer.token({ ...stranger, kid })));
  clockMs += 61_000;
  await Promise.all(unknown.map(refusedWith));
  await Promise.all(unknown.map(refusedWith));
  expect(issuer.asked).toBe(2);
  clockMs += 61_000;
  await Promise.all(unknown.map(refusedWith));
  expect(issuer.asked).toBe(3);
});

test('keys that were turned over count from the first token on that names them', async () => {
  await verifier.verify(await good());
  const next = await trialKey('r2');
  issuer.keys = [next.jwk];
  clockMs += 61_000;
  expect(await verifier.verify(await issuer.token(next))).not.toBeNull();
  expect(await refusedWith(await good())).toBe('auth/signature');
});

test('known keys count for a day while their issuer is away, then its tokens cannot be judged', async () => {
  const token = await good();
  await verifier.verify(token);
  issuer.instead = (_, response) => (response.destroy(), true);
  clockMs += 23 * 3_600_000;
  expect(await verifier.verify(token)).not.toBeNull();
  clockMs += 2 * 3_600_000;
  await expect(verifier.verify(token)).rejects.toMatchObject({ name: 'IssuerAway', retry: true });
  issuer.instead = null;
  clockMs += 61_000;
  expect(await verifier.verify(token)).not.toBeNull();
  expect(away.length).toBeGreaterThan(0);
});

test.each<[string, (url: string) => unknown]>([
  ['nothing', () => null],
  ['a redirect', () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } })],
  ['an error', () => ({ status: 500 })],
  ['no JSON', () => ({ body: '<html>' })],
  ['a list', () => ({ body: '[]' })],
  ['megabytes', () => ({ body: `{"a":"${'a'.repeat(1024 * 1024)}"}` })],
  ['the name of another issuer', (url) => ({ body: JSON.stringify({ issuer: `${url}/x`, jwks_uri: `${url}/keys` }) })],
  [
    'a place of keys elsewhere, without TLS',
    (url) => ({
      body: JSON.stringify({ issuer: url, jwks_uri: 'http://192.0.2.1/keys' }),
    }),
  ],
  ['a file as the place of keys', (url) => ({ body: JSON.stringify({ issuer: url, jwks_uri: 'file:///etc/passwd' }) })],
])('an issuer that answers with %s has no keys, and is asked again after 5 s', async (_what, answer) => {
  issuer.instead = (_, response) => {
    const said = answer(issuer.url) as { status?: number; headers?: Record<string, string>; body?: string } | null;
    if (said === null) response.destroy();
    else response.writeHead(said.status ?? 200, said.headers).end(said.body ?? '');
    return true;
  };
  const token = await good();
  await expect(verifier.verify(token)).rejects.toMatchObject({ name: 'IssuerAway' });
  await expect(verifier.verify(token)).rejects.toMatchObject({ name: 'IssuerAway' });
  expect(away).toHaveLength(1);
  issuer.instead = null;
  clockMs += 5_001;
  expect(await verifier.verify(token)).not.toBeNull();
});

test('a shared secret among the published keys is not taken for a key', async () => {
  issuer.keys = [{ kty: 'oct', kid: 's', k: 'AAAA', alg: 'HS256' }, null, 'text', rsa.jwk];
  verifier = verifierOf();
  expect(await verifier.verify(await good())).not.toBeNull();
  expect(await refusedWith(signedBy('\0\0\0', 's'))).toBe('auth/algorithm');
});
