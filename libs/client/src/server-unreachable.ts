/**
 * A fault outside: no connection to the server, or it broke before the answer was whole. The request may or may not
 * have been applied, so only what is safe to repeat is sent again.
 */
export class ServerUnreachable extends Error {
  readonly retry = true;
  /** What the operating system said: `ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND`, ...; empty if nothing. */
  readonly code: string;

  constructor(
    readonly url: string,
    options: { cause?: unknown } = {},
  ) {
    super(`no answer from ${url}: ${causeOf(options.cause)}`, options);
    this.name = 'ServerUnreachable';
    this.code = codeOf(options.cause);
  }
}

/** Node's AggregateError, when several addresses of one name failed, has no message of its own. */
function causeOf(cause: unknown): string {
  const first = firstOf(cause);
  return textOf(first, 'message') || textOf(first, 'code') || 'the connection ended';
}

const codeOf = (cause: unknown): string => textOf(cause, 'code') || textOf(firstOf(cause), 'code');

function firstOf(cause: unknown): unknown {
  if (typeof cause !== 'object' || cause === null || !('errors' in cause)) return cause;
  return Array.isArray(cause.errors) ? cause.errors[0] : cause;
}

function textOf(cause: unknown, field: 'message' | 'code'): string {
  if (typeof cause !== 'object' || cause === null || !(field in cause)) return '';
  const value = (cause as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
