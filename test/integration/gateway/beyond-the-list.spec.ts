// Goal: bad requests that no list names, most of them as bytes on a socket, are refused as problems, and what is odd but good is taken.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditPage, DeadLetterPage, RegisterAnswer } from '#contracts';
import { Problem, routes } from '#contracts';
import { all, call, endSession, jsonOf, problemOf, register, submit, token } from './gateway-trial.js';

/** All that a gateway writes back to these bytes, until it closes the connection or is silent for a while. */
function written(bytes: string): Promise<string> {
  const { hostname, port } = new URL(all.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

const host = 'Host: x\r\n';
const bearer = `Authorization: Bearer ${token}\r\n`;
const close = 'Connection: close\r\n';
const json = 'Content-Type: application/json\r\n';
const who = (more = ''): string => `GET /api/v1/whoami HTTP/1.1\r\n${host}${bearer}${close}${more}\r\n`;
/** An order whose body is `{}`, which is refused as 422 once it is read. */
const order = (headers: string, body = '2\r\n{}\r\n0\r\n\r\n'): string =>
  `POST /api/v1/tokens HTTP/1.1\r\n${host}${bearer}${close}${json}${headers}\r\n${body}`;
const bare = (line: string): string => `${line}\r\n${host}${bearer}${close}\r\n`;

const refusedBytes: [what: string, bytes: string, status: number, code: string][] = [
  ['a way to elsewhere', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n', 405, 'http/method'],
  ['a way to elsewhere, and a request through it', `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n${who()}`, 405, 'http/method'],
  ['TRACE', bare('TRACE /api/v1/whoami HTTP/1.1'), 405, 'http/method'],
  ['an expectation that nobody knows', order('Expect: a-miracle\r\nContent-Length: 2\r\n', '{}'), 417, 'http/expectation'],
  ['two hosts', who('Host: y\r\n'), 400, 'http/host'],
  ['a host that is none', who().replace(host, 'Host: a b/c\r\n'), 400, 'http/host'],
  ['two tokens', who('Authorization: Bearer no\r\n'), 400, 'http/malformed'],
  ['HTTP/2 as text', bare('GET /health/live HTTP/2.0'), 400, 'http/malformed'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'http/malformed'],
  ['HTTP/0.9', 'GET /health/live\r\n\r\n', 400, 'http/host'],
  ['HTTP/1.0 without a host', 'GET /health/live HTTP/1.0\r\n\r\n', 400, 'http/host'],
  ['codings on top of each other', order('Transfer-Encoding: gzip, chunked\r\n'), 400, 'http/malformed'],
  ['a coding that is none', order('Transfer-Encoding: xchunked\r\n'), 400, 'http/malformed'],
  ['chunked in chunked', order('Transfer-Encoding: chunked, chunked\r\n'), 400, 'http/malformed'],
  ['chunked, and behind it another', order('Transfer-Encoding: chunked, identity\r\n'), 400, 'http/malformed'],
  ['chunked twice', order('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'), 400, 'http/malformed'],
  ['chunked, and a length', order('Transfer-Encoding: chunked\r\nContent-Length: 2\r\n'), 400, 'http/malformed'],
  ['a length twice', order('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), 400, 'http/malformed'],
  ['a length with a sign', order('Content-Length: +2\r\n', '{}'), 400, 'http/malformed'],
  ['a length of two', order('Content-Length: 2, 2\r\n', '{}'), 400, 'http/malformed'],
  ['a chunk of -2', order('Transfer-Encoding: chunked\r\n', '-2\r\n{}\r\n0\r\n\r\n'), 400, 'http/malformed'],
  ['20 kB beside a chunk', order('Transfer-Encoding: chunked\r\n', `2;a=${'b'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`), 400, 'http/malformed'],
  ['a folded header', who('A: b\r\n  c\r\n'), 400, 'http/malformed'],
  ['lines without their returns', 'GET /health/live HTTP/1.1\nHost: x\n\n', 400, 'http/malformed'],
  ['a host in the path', bare('GET //elsewhere/api/v1/whoami HTTP/1.1'), 404, 'not-found'],
  ['steps back in the path', bare('GET /api/v1/../v1/whoami HTTP/1.1'), 404, 'not-found'],
  ['an encoded letter in the path of workers', bare('POST /worker/v1/%6cease HTTP/1.1'), 404, 'not-found'],
  ['a token as a cookie', who(`Cookie: token=${token}; Authorization=Bearer ${token}\r\n`).replace(bearer, ''), 401, 'auth/token'],
  ['a token in the query', bare(`GET /api/v1/whoami?access_token=${token} HTTP/1.1`).replace(bearer, ''), 401, 'auth/token'],
  ['a token as a password', who().replace('Bearer', 'Basic'), 401, 'auth/token'],
  ['a token of another header', who(`X-Api-Key: ${token}\r\n`).replace(bearer, ''), 401, 'auth/token'],
  ['a token without its end', who().replace(bearer, bearer.replace(/.\r\n$/, '\r\n')), 401, 'auth/token'],
]; // prettier-ignore

test.each(refusedBytes)('%s is refused', async (_, bytes, status, code) => {
  const text = await written(bytes);
  expect(statusesIn(text)).toEqual([status]);
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  expect(Problem.parse(JSON.parse(body))).toMatchObject({ status, code });
  expect(text).not.toContain(token);
});

test.each<[string, string, number[]]>([
  ['requests one behind the other', who().replace(close, '').repeat(2) + who(), [200, 200, 200]],
  ['a refusal and a request behind it', order('Content-Length: 1\r\n', '{').replace(close, '') + who(), [400, 200]],
  ['a body of a GET is no request', who(`Content-Length: ${who().length}\r\n`).replace(close, '') + who(), [200]],
  ['an address with its host', bare('GET http://x/api/v1/whoami HTTP/1.1'), [200]],
  ['a scheme in small letters', who().replace('Bearer', 'bearer'), [200]],
  ['an upgrade that nobody offers', who('Upgrade: websocket\r\n').replace(close, 'Connection: Upgrade, close\r\n'), [200]],
  ['what comes behind the last chunk', order('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n'), [422]],
  ['a body that waits to be asked for', order('Expect: 100-continue\r\nContent-Length: 2\r\n', '{}'), [100, 422]],
])('%s', async (_, bytes, statuses) => {
  expect(statusesIn(await written(bytes))).toEqual(statuses);
}); // prettier-ignore

test('an address of a route that is called so allows what that route does, not what a name in its place would', async () => {
  const options = await call('OPTIONS', '/api/v1/dead-letters/drop');
  expect(options.headers.get('allow')).toBe('POST, OPTIONS');
});

const bodied = routes.filter(({ body }) => body);
const bombs = gzipSync(Buffer.alloc(20_000_000, ' '));
const bodies: [string, string | Buffer<ArrayBuffer>, Record<string, string>][] = [
  ['a bomb of gzip', bombs, { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['parts', '--x\r\n\r\n{}\r\n--x--\r\n', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['depth 100,000', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, { 'content-type': 'application/json' }],
  ['a raw NUL', '{"a":"\0"}', { 'content-type': 'application/json' }],
  ['half a character', '{"note":"\\udc00","tags":{"a":"\\ud800x"}}', { 'content-type': 'application/json' }],
];

test.each(bodies)('no order takes %s', async (_, body, headers) => {
  const worker = await register();
  const ofWorkers = { session: worker.token, stack: token, none: '' } as const;
  for (const { method, path, token: whose } of bodied) {
    const problem = await problemOf(
      call(method, path.replace(/:\w+/g, '0'), { body, headers, token: ofWorkers[whose] }),
    );
    expect([path, problem.status]).toEqual([path, expect.any(Number)]);
    expect(problem.status).toBeLessThan(500);
  }
  await endSession(worker);
});

test.each([
  ['10,000 characters', 'k'.repeat(10_000)],
  ['a letter with an accent', 'é'],
  ['a space in it', 'a b'],
  ['nothing', ''],
])('a key of %s is refused', async (_, key) => {
  const headers = { 'idempotency-key': key };
  expect(await problemOf(call('POST', '/api/v1/workflows', { json: {}, headers }))).toMatchObject({
    code: 'idempotency-key/invalid',
  });
});

describe('times', () => {
  test.each([
    ['of a place a day away', '2026-01-01T00:00:00-20:25', [200, 200, 200]],
    ['of another', '2026-01-01T00:00:00+23:59', [200, 200, 200]],
    ['with 300 places behind the second', `2026-01-01T00:00:00.${'1'.repeat(300)}Z`, [200, 200, 400]],
    ['of the year 0', '0000-01-01T00:00:00Z', [400, 400, 400]],
    ['of the year 10000', '9999-12-31T23:59:59-23:59', [400, 400, 400]],
  ])('%s: no fault of ours', async (_, time, statuses) => {
    const told = ['audit?since', 'audit?until', 'events?from'].map((query) =>
      call('GET', `/api/v1/${query}=${encodeURIComponent(time)}`).then((answer) => answer.status),
    );
    expect(await Promise.all(told)).toEqual(statuses);
  });
});

test('an order whose body holds NUL is refused, and the audit log says how it ended', async () => {
  const headers = { 'content-type': 'application/json', 'x-request-id': `nul-${randomUUID()}` };
  await problemOf(call('POST', '/api/v1/tokens', { body: '{"name":"\0"}', headers }));
  const { entries } = await jsonOf<AuditPage>(call('GET', '/api/v1/audit?limit=20'));
  expect(entries.find(({ requestId }) => requestId === headers['x-request-id'])).toMatchObject({
    ...{ status: 400, said: '{"name":"\u2400"}' },
  });
});

describe('a worker', () => {
  let worker: RegisterAnswer;
  beforeAll(async () => {
    worker = await register();
  });
  afterAll(() => endSession(worker));

  const registered = (change: object): Promise<Response> => {
    const good = { site: 'S', worker: 'w', cores: 1, memoryMib: 1, walltimeSec: null, tags: {}, transforms: [] };
    return call('POST', '/worker/v1/sessions', { json: { ...good, ...change } });
  };
  const report = (begin: string, event: object = {}): Promise<Response> => {
    const ended = { lease: 0, job: '1:0', attempt: 1, outcome: 'finished', endedAtMs: 1, ...event };
    const batch = { batchId: randomUUID(), session: worker.session, partition: 0, leases: [{ id: '1', token: 'x' }] };
    const body = begin + JSON.stringify({ ...batch, events: [ended] });
    const headers = { 'content-type': 'application/json' };
    return call('POST', '/worker/v1/report', { body, headers, token: worker.token });
  };

  test('may have more time than anybody can wait for', async () => {
    expect((await registered({ walltimeSec: Number.MAX_SAFE_INTEGER })).status).toBe(201);
  });

  test('has no tag of half a character', async () => {
    const problem = await problemOf(registered({ tags: { a: '\ud800' } }));
    expect(problem).toMatchObject({ status: 400, code: 'text/forbidden-char' });
  });

  test('spoils no message with the ends of others in it', async () => {
    const letters = async () => (await jsonOf<DeadLetterPage>(call('GET', '/api/v1/dead-letters'))).total;
    const before = await letters();
    expect(await problemOf(report('\ufeff'))).toMatchObject({ status: 400, code: 'json/invalid' });
    expect((await problemOf(report('', { allowedMemoryMib: 'x' }))).status).toBe(422);
    expect((await report('', { outputs: { text: 'a\0\ud800' } })).status).toBe(200);
    expect(await letters()).toBe(before);
  });
});

test('after all that a workflow can be submitted', async () => {
  await submit('after all that', [{ name: 'a' }]);
});
