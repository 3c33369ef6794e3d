import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const header = 'x-request-id';
/** What is safe in a log line, a header and an address; anything else a client sends is not taken. */
const sane = /^[\w.:@/+=-]{1,100}$/;

const origin = randomBytes(6).toString('base64url');
let count = 0;

/** Gives a request its name, the client's if that is sane: the answer carries it, and so do problems and log lines. */
export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  const given = request.headers[header];
  response.setHeader(header, typeof given === 'string' && sane.test(given) ? given : newRequestId());
}

/** Of this process, by number: no two requests have the same. */
export const newRequestId = (): string => `${origin}-${(count++).toString(36)}`;

/** The name that a request was given; empty before nameRequest(). */
export const requestIdOf = (response: ServerResponse): string => String(response.getHeader(header) ?? '');
