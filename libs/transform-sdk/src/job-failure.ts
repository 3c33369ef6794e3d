import type { FailReason } from '#contracts';

/** What a failed attempt tells: why, in words, and the exit status of the program behind it, if there was one. */
export interface FailureFacts {
  /** Default `error`: the payload's own fault, charged to `retries`. */
  reason?: FailReason;
  /** For people: what happened and what to do. Cut to its last 4,000 characters. */
  message: string;
  /** 0-255, or -1 when there is none. */
  exitCode?: number;
  /** The signal that ended the program, such as `SIGKILL`. */
  signal?: string;
  cause?: unknown;
}

/**
 * Thrown by a transform to fail its attempt with a reason. Whatever else is thrown fails it with reason `error`.
 * Never retried here: the retry policy of the template decides.
 */
export class JobFailure extends Error {
  readonly reason: FailReason;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;

  constructor(facts: FailureFacts) {
    super(facts.message, { cause: facts.cause });
    this.name = 'JobFailure';
    this.reason = facts.reason ?? 'error';
    this.exitCode = facts.exitCode;
    this.signal = facts.signal;
  }
}

/**
 * Why `ctx.signal` was aborted: the value of `signal.reason`. Throw it on (or let `signal.throwIfAborted()` do so)
 * once what the attempt started has ended.
 */
export class JobStopped extends JobFailure {
  /** Milliseconds between asking a program to end and ending it. */
  readonly graceMs: number;
  /** An operator stopped the site or the worker. */
  readonly byOrder: boolean;

  constructor(facts: {
    reason: 'timeout' | 'cancelled' | 'evicted';
    message: string;
    graceMs: number;
    byOrder?: boolean;
  }) {
    super(facts);
    this.name = 'JobStopped';
    this.graceMs = facts.graceMs;
    this.byOrder = facts.byOrder ?? false;
  }
}

/**
 * Thrown before anything was started, where the worker may not run such a job as things are now, but was given it all the
 * same: its site's word is on the way. The job goes back, charged to nobody, and the worker pauses before it asks again.
 */
export class JobUnstarted extends JobFailure {
  constructor(message: string) {
    super({ reason: 'site', message });
    this.name = 'JobUnstarted';
  }
}
