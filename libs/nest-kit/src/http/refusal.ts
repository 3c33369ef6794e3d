import type { Problem } from '#contracts';

/** What makes a Problem: everything but its address, which follows from the code. */
export type Refused = Omit<Problem, 'type'>;

/** An expected outcome of a request: the answer is this problem. Headers are sent with it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly refused: Refused,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(refused.detail ?? refused.title);
  }
}

/** The RFC 9457 document of a refusal. @param requestId of the request that is refused; empty: it has none */
export const problemOf = (refused: Refused, requestId = ''): Problem => ({
  type: `https://sluice.dev/problems/${refused.code}`,
  ...refused,
  ...(requestId !== '' && { instance: `urn:sluice:request:${requestId}` }),
});

const seconds = (after: number): Record<string, string> => ({ 'retry-after': String(after) });

/** The refusals that more than one room answers with. */
export const refusals = {
  unauthorized: (): Refusal =>
    new Refusal(
      {
        status: 401,
        code: 'auth/token',
        title: 'No valid token',
        detail: 'the request carries no token, or none that is known here',
        remedy: "send 'Authorization: Bearer <token>': that of the stack's state folder, or one of `sluice login`",
      },
      { 'www-authenticate': 'Bearer' },
    ),
  forbidden: (detail: string): Refusal =>
    new Refusal({ status: 403, code: 'auth/not-allowed', title: 'Not allowed', detail }),
  /** A caller who may see a thing and may not do this with it. */
  noRight: (detail: string): Refusal =>
    new Refusal({
      status: 403,
      code: 'auth/no-right',
      title: 'Not allowed',
      detail,
      remedy: 'ask an administrator of the space for the role; `sluice whoami` says which you have',
    }),
  notFound: (detail: string, remedy?: string): Refusal =>
    new Refusal({ status: 404, code: 'not-found', title: 'Not found', detail, remedy }),
  notAllowed: (allow: readonly string[]): Refusal =>
    new Refusal(
      {
        status: 405,
        code: 'http/method',
        title: 'Method not allowed',
        detail: `this address answers ${allow.join(', ')}`,
      },
      { allow: allow.join(', ') },
    ),
  contentType: (expected: readonly string[]): Refusal =>
    new Refusal({
      status: 415,
      code: 'http/content-type',
      title: 'Wrong content type',
      detail: `the body must be ${expected.join(' or ')} in UTF-8`,
    }),
  tooLarge: (what: string, bytesMax: number): Refusal =>
    new Refusal({ status: 413, code: 'limit/body', title: 'Too large', detail: `${what} is over ${bytesMax} bytes` }),
  badJson: (detail: string): Refusal =>
    new Refusal({ status: 400, code: 'json/invalid', title: 'Not readable as JSON', detail }),
  notAcceptable: (offered: readonly string[]): Refusal =>
    new Refusal({
      status: 406,
      code: 'http/accept',
      title: 'Not acceptable',
      detail: `this address answers with ${offered.join(' or ')}`,
    }),
  bodyCut: (): Refusal =>
    new Refusal({
      status: 400,
      code: 'http/body-cut',
      title: 'Body cut short',
      detail: 'the connection ended before the body did',
    }),
  /** @param codePoint in four hexadecimal digits */
  forbiddenChar: (what: string, codePoint: string): Refusal =>
    new Refusal({
      status: 400,
      code: 'text/forbidden-char',
      title: 'A character that cannot be kept',
      detail: `${what} holds U+${codePoint.toUpperCase()}`,
      remedy: 'take it out',
    }),
  badRequest: (code: string, detail: string, errors?: Problem['errors']): Refusal =>
    new Refusal({ status: 400, code, title: 'Bad request', detail, errors }),
  shape: (errors: NonNullable<Problem['errors']>): Refusal =>
    new Refusal({
      status: 422,
      code: 'schema/invalid',
      title: 'The body has the wrong shape',
      detail: errors[0] ? `${errors[0].pointer || 'body'}: ${errors[0].message}` : undefined,
      errors,
    }),
  conflict: (code: string, detail: string, remedy?: string): Refusal =>
    new Refusal({ status: 409, code, title: 'Conflict', detail, remedy }),
  unavailable: (detail: string, retryAfterSec = 1): Refusal =>
    new Refusal(
      {
        status: 503,
        code: 'service/unavailable',
        title: 'A service is not there',
        detail,
        remedy: 'try again; nothing was lost',
      },
      seconds(retryAfterSec),
    ),
};
