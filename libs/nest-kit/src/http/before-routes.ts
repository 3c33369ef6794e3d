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
  if (request.headers.host === undefined) {
    answerRefusal(response, refusals.badRequest('http/host', 'a request names the host that it is for: `Host`'));
    return true;
  }
  if (request.method !== 'OPTIONS') return false;
  answerOptions(request, response);
  return true;
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
  const title = STATUS_CODES[status] ?? 'Bad request';
  const id = newRequestId();
  const body = JSON.stringify(problemOf(new Refusal({ status, code, title, detail }).refused, id));
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
