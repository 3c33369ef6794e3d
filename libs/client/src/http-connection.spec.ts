import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { HttpConnection } from './http-connection.js';
import { ProblemError } from './problem-error.js';
import { ServerUnreachable } from './server-unreachable.js';

const open: { server: Server; connection: HttpConnection }[] = [];

async function serve(listener: (...parts: Parameters<RequestListener>) => unknown): Promise<HttpConnection> {
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = new HttpConnection({ url: `http://127.0.0.1:${port}`, token: 'sesame' });
  open.push({ server, connection });
  return connection;
}

afterEach(async () => {
  for (const { server, connection } of open.splice(0)) {
    await connection.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a request carries the token and its JSON, and the answer is read as JSON', async () => {
  const connection = await serve(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    response.end(JSON.stringify({ said: JSON.parse(body) as unknown, token: request.headers.authorization }));
  });
  const answer = await connection.json({ method: 'POST', path: '/x', json: { a: 'ü' } });
  expect(answer).toEqual({ said: { a: 'ü' }, token: 'Bearer sesame' });
});

test('connections are kept open between requests', async () => {
  const ports = new Set<number | undefined>();
  const connection = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  });
  for (let i = 0; i < 5; i += 1) await connection.send({ method: 'GET', path: '/' });
  expect(ports.size).toBe(1);
});

test('a problem document becomes a ProblemError with all that it says', async () => {
  const problem = {
    type: 'https://sluice.dev/problems/document/refused',
    title: 'Refused',
    status: 422,
    code: 'document/refused',
    detail: '2 errors',
    remedy: 'mend them',
    errors: [{ pointer: '/jobs/3', code: 'CYCLE', message: 'a > b > a' }],
    counts: { CYCLE: 2 },
  };
  const connection = await serve((_, response) => {
    response.writeHead(422, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
  });
  const error = await connection.send({ method: 'GET', path: '/' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({
    status: 422,
    code: 'document/refused',
    detail: '2 errors',
    remedy: 'mend them',
    counts: { CYCLE: 2 },
    retry: false,
  });
  expect((error as ProblemError).errors).toEqual(problem.errors);
});

test("a proxy's page is no word of the server, whatever its status: a fault that may pass, with what the page says", async () => {
  for (const status of [302, 403, 404, 413, 503]) {
    const connection = await serve((_, response) => {
      const page = '<html><head><title>ERROR: \x1b[2Jbusy</title></head><body>Squid</body></html>';
      response.writeHead(status, { 'retry-after': '2', server: 'squid/5.7', location: '/login' }).end(page);
    });
    const error = await connection.send({ method: 'GET', path: '/' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServerUnreachable);
    expect(error).toMatchObject({ retry: true, status, retryAfterSec: 2 });
    expect(String(error)).toContain(`something in between answered ${status} (squid/5.7, ERROR: [2Jbusy)`);
  }
});

test('no server is ServerUnreachable with the reason', async () => {
  const connection = await serve((_, response) => response.end());
  await new Promise((resolve) => open[0]?.server.close(resolve));
  const error = await connection.send({ method: 'GET', path: '/' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServerUnreachable);
  expect(error).toMatchObject({ code: 'ECONNREFUSED', retry: true });
});

test('a server that says nothing ends the request after its time', async () => {
  const connection = await serve(() => undefined);
  const began = Date.now();
  await expect(connection.send({ method: 'GET', path: '/', timeoutMs: 100 })).rejects.toBeInstanceOf(ServerUnreachable);
  expect(Date.now() - began).toBeLessThan(2_000);
});

test('an aborted request throws the reason of its signal', async () => {
  const connection = await serve(() => undefined);
  const abort = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => abort.abort(reason), 20);
  await expect(connection.send({ method: 'GET', path: '/', signal: abort.signal })).rejects.toBe(reason);
});

test('an idle connection that the server closed costs a GET nothing and never repeats a POST', async () => {
  const seen: string[] = [];
  const connection = await serve((request, response) => {
    seen.push(`${request.method}`);
    if (seen.length === 2 || seen.length === 5) request.socket.destroy();
    else response.end('{}');
  });
  await connection.send({ method: 'GET', path: '/' });
  await connection.send({ method: 'GET', path: '/' });
  expect(seen).toEqual(['GET', 'GET', 'GET']);
  await connection.send({ method: 'GET', path: '/' });
  await expect(connection.send({ method: 'POST', path: '/' })).rejects.toBeInstanceOf(ServerUnreachable);
  expect(seen).toEqual(['GET', 'GET', 'GET', 'GET', 'POST']);
});

test('a stream that breaks off is ServerUnreachable, never a short answer', async () => {
  const connection = await serve((request, response) => {
    response.writeHead(200);
    response.write('{"a":1}\n', () => setTimeout(() => request.socket.destroy(), 20));
  });
  const parts: string[] = [];
  const reading = (async () => {
    for await (const part of connection.stream({ method: 'GET', path: '/' })) parts.push(part.toString());
  })();
  await expect(reading).rejects.toBeInstanceOf(ServerUnreachable);
  expect(parts.join('')).toBe('{"a":1}\n');
});

test('a path in front of the routes is kept, and only http and https are spoken', async () => {
  const connection = await serve((request, response) => response.end(JSON.stringify(request.url)));
  const behind = new HttpConnection({ url: `${connection.url}/sluice/`, token: '' });
  expect(await behind.json({ method: 'GET', path: '/api/v1/workflows' })).toBe('/sluice/api/v1/workflows');
  await behind.close();
  expect(() => new HttpConnection({ url: 'file:///etc/passwd', token: '' })).toThrow(TypeError);
});
