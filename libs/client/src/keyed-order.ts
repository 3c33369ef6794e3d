import { randomUUID } from 'node:crypto';
import type { HttpRequest } from './http-connection.js';

/** An order that is carried out once, however often it is sent: with an Idempotency-Key of its own. */
export const keyedOrder = (request: HttpRequest): HttpRequest => ({
  ...request,
  headers: { ...request.headers, 'idempotency-key': randomUUID() },
  repeatable: true,
});
