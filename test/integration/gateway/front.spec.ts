// Goal: what every answer of the gateway has in common: names of requests, tags, packing, methods, bytes that are no request.
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { type OpenApi, Problem } from '#contracts';
import { all, call, jsonOf, problemOf, submit, token } from './gateway-trial.js';

/** What the gateway writes back to these bytes until it closes the connection, or says nothing more for a while. */
function written(bytes: string): Promise<string> {
  const { hostname, port } = new URL(all.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (text += part));
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

const problemIn = (answer: string): Problem => Problem.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)));
const bearer = `Authorization: Bearer ${token}\r\n`;

test('a request is named by its client or by us, in its answer and in its problem', async () => {
  const named = await call('GET', '/api/v1/workflows', { headers: { 'x-request-id': 'night-7/a' } });
  expect(named.headers.get('x-request-id')).toBe('night-7/a');
  const refused = await call('GET', '/api/v1/workflows/none', { headers: { 'x-request-id': 'night-7/b' } });
  expect(await refused.json()).toMatchObject({ instance: 'urn:sluice:request:night-7/b' });
  const ours = await problemOf(call('GET', '/api/v1/workflows/none', { headers: { 'x-request-id': 'no <good> id' } }));
  expect(ours.instance).toMatch(/^urn:sluice:request:[\w-]{8}-[0-9a-z]+$/);
  const worker = await problemOf(call('POST', '/worker/v1/lease', { json: {}, token: 'no' }));
  expect(worker.instance).toMatch(/^urn:sluice:request:/);
});

test('what is as it was is not sent again', async () => {
  const id = await submit('tagged', [{ name: 'a' }]);
  for (const path of [
    `/api/v1/workflows?name=tagged`,
    `/api/v1/workflows/${id}/jobs`,
    '/api/v1/limits',
    '/openapi.json',
  ]) {
    const first = await call('GET', path);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[\w-]{27}"$/);
    await first.text();
    const again = await call('GET', path, { headers: { 'if-none-match': `"x", ${tag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
    expect((await call('GET', path, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  }
  const before = (await call('GET', `/api/v1/workflows/${id}/jobs`)).headers.get('etag') ?? '';
  await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`, { json: { states: ['ready'] } }));
  const after = await call('GET', `/api/v1/workflows/${id}/jobs`, { headers: { 'if-none-match': before } });
  expect(after.status).toBe(200);
});

test('a long answer is packed for who can unpack it, and its tag is the same', async () => {
  const raw = async (coding: string): Promise<{ head: string; body: Buffer }> => {
    const text = await written(
      `GET /openapi.json HTTP/1.1\r\nHost: x\r\nAccept-Encoding: ${coding}\r\nConnection: close\r\n\r\n`,
    );
    const end = text.indexOf('\r\n\r\n');
    return { head: text.slice(0, end).toLowerCase(), body: Buffer.from(text.slice(end + 4), 'latin1') };
  };
  const [plain, packed] = [await raw('identity'), await raw('br, gzip')];
  expect(plain.head).not.toContain('content-encoding');
  expect(packed.head).toContain('content-encoding: gzip');
  expect(packed.head).toContain('vary: accept, accept-encoding');
  expect(packed.body.length).toBeLessThan(plain.body.length / 4);
  expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  expect(/etag: (.*)/.exec(packed.head)?.[1]).toBe(/etag: (.*)/.exec(plain.head)?.[1]);
});

test('HEAD answers as GET does, without the body; OPTIONS says what an address allows, and no origin that it may', async () => {
  for (const path of ['/api/v1/workflows', '/api/v1/verify', '/docs', '/health/live']) {
    const head = await call('HEAD', path);
    expect([head.status, await head.text()]).toEqual([200, '']);
    const options = await call('OPTIONS', path, { token: '', headers: { origin: 'https://elsewhere.example' } });
    expect(options.status).toBe(204);
    expect(options.headers.get('allow')).toContain('GET, HEAD');
    expect([...options.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
  expect((await call('HEAD', '/api/v1/nothing')).status).toBe(404);
  expect(await problemOf(call('OPTIONS', '/api/v1/nothing'))).toMatchObject({ status: 404 });
  const wrong = await call('DELETE', '/api/v1/workflows');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD, OPTIONS']);
});

test('the interface is told to programs and to people, to anybody, from here alone', async () => {
  const api = await jsonOf<OpenApi>(call('GET', '/openapi.json', { token: '' }));
  expect(api).toMatchObject({ openapi: '3.1.0', info: { title: 'Sluice' } });
  expect(Object.keys(api.paths).length).toBeGreaterThan(40);
  const page = await call('GET', '/docs', { token: '', headers: { accept: 'text/html,application/xml;q=0.9' } });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('/api/v1/workflows/{selector}/retry');
  const style = await call('GET', '/docs/style.css', { token: '', headers: { accept: 'text/css' } });
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  expect(await problemOf(call('GET', '/docs', { headers: { accept: 'image/png' } }))).toMatchObject({ status: 406 });
});

test.each([
  ['no request at all', 'hello\r\n\r\n', 400, 'http/malformed'],
  ['a method that is none', `FETCH / HTTP/1.1\r\nHost: x\r\n\r\n`, 400, 'http/malformed'],
  ['no host', 'GET /health/live HTTP/1.1\r\n\r\n', 400, 'http/host'],
  [
    'two lengths',
    `POST /api/v1/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    400,
    'http/malformed',
  ],
  [
    'a length and chunks',
    `POST /api/v1/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    400,
    'http/malformed',
  ],
  [
    'a header of 20 kB',
    `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'limit/headers',
  ],
  ['an address of 20 kB', `GET /health/live?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'limit/headers'],
  [
    'a bad escape in its path',
    `GET /api/v1/workflows/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${bearer}\r\n`,
    400,
    'http/path',
  ],
] as const)('%s is a problem too', async (_, bytes, status, code) => {
  const answer = await written(bytes);
  expect(answer).toContain(`HTTP/1.1 ${status} `);
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  expect(problemIn(answer)).toMatchObject({ status, code });
  expect((await call('GET', '/health/live')).status).toBe(200);
});
