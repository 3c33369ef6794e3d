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

function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the connection ended';
  // Several addresses of one name failed: Node's AggregateError has no message of its own.
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause.message;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
