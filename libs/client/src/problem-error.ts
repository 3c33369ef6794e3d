import type { Problem } from '#contracts';

/**
 * The server answered with a status of 400 or more. Carries the RFC 9457 problem document; an answer without one
 * (a proxy's page, say) gets the code `http/<status>`.
 */
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

  /** The server is there but cannot serve now (429, 502, 503, 504): the same request may pass later. */
  get retry(): boolean {
    return this.status === 429 || (this.status >= 502 && this.status <= 504);
  }
}

/** Reads the body of an answer of 400 or more, whatever it is. */
export function problemOf(answer: { status: number; body: string; retryAfterSec: number | null }): ProblemError {
  return new ProblemError(parsed(answer.body, answer.status) ?? plain(answer.body, answer.status), answer);
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

function plain(body: string, status: number): Problem {
  const detail = body.length > 0 ? body.slice(0, 300) : `the server answered ${status}`;
  return { type: 'about:blank', title: `HTTP ${status}`, status, code: `http/${status}`, detail };
}
