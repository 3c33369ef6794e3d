import type { TestStack } from '#test-kit';

export interface PlainAnswer {
  status: number;
  /** An RFC 9457 problem with the time after which to try again. */
  isRetryLater: boolean;
  body: string;
}

const answerMsMax = 30_000;

/** One call to the first gateway, which nobody makes again. @param json none: a GET */
export async function plainCall(stack: TestStack, path: string, json?: unknown): Promise<PlainAnswer> {
  const headers = { authorization: `Bearer ${stack.token}`, 'content-type': 'application/json' };
  const sent = json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) };
  const url = `${stack.urls[0] ?? ''}${path}`;
  const response = await fetch(url, { ...sent, headers, signal: AbortSignal.timeout(answerMsMax) });
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  const isRetryLater = response.status === 503 && isProblem && response.headers.has('retry-after');
  return { status: response.status, isRetryLater, body: await response.text() };
}

/** The header of a document, as an upload begins. */
export const anyHeader = {
  apiVersion: 'sluice/v1',
  name: 'refused',
  templates: { quick: { transform: 'noop' } },
} as const;
