import type { Problem } from '#contracts';
import { ForeignAnswer, retryAfterSecOf, type ForeignAnswerParts } from './foreign-answer.js';

/** The server answered with a status of 400 or more. Carries its RFC 9457 problem document. */
export class ProblemError extends Error {
  readonly status: number;
  /** Machine-readable, such as `document/refused`. */
  readonly code: string;
  readonly detail: string;
  /** How to mend it; empty if the server did not say. */
  readonly remedy: string;
  readonly errors: NonNullable<Problem['errors']>;
  /** Number of errors of each code, the ones that are not listed included. */
  readonly counts: Record<string, number>;
  /** Seconds after which to try again, if the server named them. */
  readonly retryAfterSec: number | null;

  constructor(problem: Problem, options: { retryAfterSec?: number | null } = {}) {
    super(problem.detail ?? problem.title);
    this.name = 'ProblemError';
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail ?? problem.title;
    this.remedy = problem.remedy ?? '';
    this.errors = problem.errors ?? [];
    this.counts = problem.counts ?? {};
    this.retryAfterSec = options.retryAfterSec ?? null;
  }

  /** The server is there but cannot serve now (429, 502, 503, 504, or it still serves this request's first copy). */
  get retry(): boolean {
    return this.code === 'idempotency-key/busy' || this.status === 429 || (this.status >= 502 && this.status <= 504);
  }
}

/**
 * What an answer of 300 or more says: a refusal of the server, in its problem document, or something in between speaking.
 * @param url where the answer came from
 */
export function refusalIn(answer: ForeignAnswerParts & { url: string }): ProblemError | ForeignAnswer {
  const problem = parsed(answer.body, answer.status);
  if (problem === null) return new ForeignAnswer(answer.url, answer);
  return new ProblemError(problem, { retryAfterSec: retryAfterSecOf(answer.headers) });
}

function parsed(body: string, status: number): Problem | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('code' in value) || !('title' in value)) return null;
    return { ...(value as Problem), status };
  } catch {
    return null;
  }
}
