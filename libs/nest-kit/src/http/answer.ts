import type { ServerResponse } from 'node:http';
import { problemOf, type Refusal } from './refusal.js';
import { requestIdOf } from './request-id.js';

/** A whole JSON answer. Does nothing when the client has gone. */
export function answerJson(response: ServerResponse, status: number, body: string | Buffer): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** A problem document. When the answer has begun, all that is left is to cut it. */
export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(problemOf(refusal.refused, requestIdOf(response)));
  const cut = response.req.complete ? {} : { connection: 'close' }; // what is left of the body is not worth reading
  response.req.resume();
  response.writeHead(refusal.refused.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...refusal.headers,
    ...cut,
  });
  response.end(body);
}
