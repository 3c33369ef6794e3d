/**
 * Owns patience with the gateway: a worker outlives it.
 *
 * G1  A call is repeated for ever while its fault may pass: no connection, a broken answer, 408, 429, 5xx; and whatever
 *     a proxy on the way answers, since that says nothing of the request.
 * G2  Waits double up to 4 s and each is drawn between half and all of it, so that workers do not come back in step;
 *     Retry-After is obeyed when it is longer.
 * G3  One log line when the gateway goes away and one when it is back, however many calls wait.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ForeignAnswer, ProblemError, ServerUnreachable } from '#client';
import type { WorkerApi } from './worker-api.js';
import type { WorkerLog } from './worker-log.js';

const firstWaitMs = 100;
const longestWaitMs = 4_000;
/** Longest Retry-After that is obeyed: whoever says more may be a proxy that knows nothing of us. */
const longestAskedMs = 60_000;

export class Gateway {
  private awaySinceMs: number | null = null;

  constructor(
    readonly api: WorkerApi,
    private readonly log: WorkerLog,
    /** How many times as fast the clocks of a trial go. */
    private readonly clockScale = 1,
  ) {}

  /**
   * @param attempt is told how often this call has failed before
   * @throws ProblemError when the gateway refuses for good, such as 401 or 422; the signal's reason when aborted
   */
  async call<T>(attempt: (failed: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let failed = 0; ; failed += 1) {
      try {
        const answer = await attempt(failed);
        this.isBack();
        return answer;
      } catch (fault) {
        signal?.throwIfAborted();
        if (!mayPass(fault)) throw fault;
        this.isAway(fault);
        await sleep(waitMs(failed, fault) / this.clockScale, undefined, { signal });
      }
    }
  }

  private isAway(fault: Error): void {
    if (this.awaySinceMs !== null) return;
    this.awaySinceMs = performance.now();
    this.log('warn', 'gateway.away', { error: fault.message, next: 'running jobs go on; trying again for ever' });
  }

  private isBack(): void {
    if (this.awaySinceMs === null) return;
    this.log('info', 'gateway.back', { awayMs: Math.round(performance.now() - this.awaySinceMs) });
    this.awaySinceMs = null;
  }
}

/** The session is unknown to the gateway or its token ran out: register anew. */
export const isSessionRefusal = (fault: unknown): boolean =>
  fault instanceof ProblemError && [401, 403, 404, 410].includes(fault.status);

/** Only the token does not count any more: the session does. */
export const isTokenRefusal = (fault: unknown): boolean =>
  fault instanceof ProblemError && ['auth/expired', 'auth/revoked'].includes(fault.code);

function mayPass(fault: unknown): fault is Error {
  if (fault instanceof ServerUnreachable) return true;
  return fault instanceof ProblemError && (fault.status >= 500 || fault.status === 429 || fault.status === 408);
}

function waitMs(failed: number, fault: Error): number {
  const named = fault instanceof ProblemError || fault instanceof ForeignAnswer ? fault.retryAfterSec : null;
  const askedMs = Math.min(longestAskedMs, (named ?? 0) * 1_000);
  const longestMs = Math.max(askedMs, Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failed, 10)));
  return askedMs / 2 + (longestMs - askedMs / 2) * (0.5 + Math.random() / 2);
}
