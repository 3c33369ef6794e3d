/** What every request meets before it is routed, and what a connection is told whose bytes are no request. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { allowedAt } from '#contracts';
import { answerRefusal } from './answer.js';
import { problemOf, Refusal, refusals } from './refusal.js';
import { newRequestId } from './request-id.js';
import { noRouteAt, pathOf } from './route-path.js';

/** @returns true when it is answered: nobody else has to see it. */
export function answeredBeforeRoutes(request: IncomingMessage, response: ServerResponse): boolean {
  const refusal = ambiguityOf(request);
  if (refusal !== null) answerRefusal(response, refusal);
  else if (request.method === 'OPTIONS') answerOptions(request, response);
  return refusal !== null || request.method === 'OPTIONS';
}

/** What Node's parser lets through though the next program on the way may read it otherwise. */
function ambiguityOf({ headers, rawHeaders, httpVersionMajor }: IncomingMessage): Refusal | null {
  const { host, 'transfer-encoding': coding = '' } = headers;
  if (host === undefined) return refusals.badRequest('http/host', 'a request names the host that it is for: `Host`');
  if (isTwice('host', rawHeaders) || !hostShape.test(host))
    return refusals.badRequest('http/host', '`Host` is the name of one host, with its port if need be');
  if (isTwice('authorization', rawHeaders))
    return refusals.badRequest('http/malformed', '`Authorization` is there twice: nobody can tell which one counts');
  if (/,\s*chunked$/i.test(coding))
    return refusals.badRequest('http/malformed', 'of all transfer codings chunked alone is understood');
  if (httpVersionMajor !== 1)
    return refusals.badRequest('http/malformed', 'only HTTP/1.0 and HTTP/1.1 are spoken here');
  return null;
}

const hostShape = /^[\w.:[\]~-]*$/;

/** @param rawHeaders names and values in turn, as they were sent */
function isTwice(name: string, rawHeaders: readonly string[]): boolean {
  let times = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === name.length && rawHeaders[at]?.toLowerCase() === name) times += 1;
  return times > 1;
}

/** Says which methods an address allows, and to no other origin that it may use them. */
function answerOptions(request: IncomingMessage, response: ServerResponse): void {
  const path = pathOf(request);
  const allowed = path === '*' ? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] : allowedAt(path);
  if (allowed.length === 0) return answerRefusal(response, noRouteAt(path));
  request.resume();
  response.writeHead(204, { allow: allowed.join(', ') }).end();
}

/** Errors of Node's parser that are not just bad bytes. */
const known: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'limit/headers', detail: 'the address and the headers are over 16 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'http/timeout', detail: 'the request was not whole in time' },
};

/** Answers bytes that are no request, while the connection can still be written to, and closes it. */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const bad = { status: 400, code: 'http/malformed', detail: 'these bytes are not an HTTP request' };
  const { status, code, detail } = known[error.code ?? ''] ?? bad;
  endWith(socket, new Refusal({ status, code, title: STATUS_CODES[status] ?? 'Bad request', detail }));
}

/** CONNECT asks for a way to elsewhere: Node hands over the bare connection. */
export function refuseTunnel(_: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined); // its client has left
  endWith(socket, refusals.notAllowed(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']));
}

/** Who waits with its body for anything but `100-continue`. */
export const unknownExpectation = new Refusal({
  status: 417,
  code: 'http/expectation',
  title: 'Expectation failed',
  detail: 'of `Expect` only 100-continue is understood',
});

function endWith(socket: Duplex, { refused, headers }: Refusal): void {
  const id = newRequestId();
  const body = JSON.stringify(problemOf(refused, id));
  const head = [
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status] ?? refused.title}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
