import { setTimeout as sleep } from 'node:timers/promises';
import { ForeignAnswer } from './foreign-answer.js';
import { ProblemError } from './problem-error.js';
import { ServerUnreachable } from './server-unreachable.js';

export interface BackOff {
  firstMs: number;
  lastMs: number;
}

/** The wait before try `n` (from 0): doubles from `firstMs` up to `lastMs`. */
export const backOffMs = (backOff: BackOff, n: number): number =>
  Math.min(backOff.lastMs, backOff.firstMs * 2 ** Math.min(n, 30));

/** Faults that pass: no connection, or a server that cannot serve just now. */
export const mayPass = (error: unknown): error is ServerUnreachable | ProblemError =>
  error instanceof ServerUnreachable || (error instanceof ProblemError && error.retry);

export interface Perseverance extends BackOff {
  /** Tries that may fail in a row, the first one included. */
  triesMax: number;
  signal?: AbortSignal;
}

/** Longest Retry-After that is obeyed: whoever says more may be a proxy that knows nothing of us. */
const askedMsMax = 60_000;

/**
 * Repeats what is safe to repeat until it succeeds or fails for good.
 * @param attempt is told how many tries went wrong before.
 * @throws the last fault when `triesMax` tries failed; any other error at once.
 */
export async function persevere<T>(options: Perseverance, attempt: (failed: number) => Promise<T>): Promise<T> {
  for (let failed = 0; ; failed += 1) {
    try {
      return await attempt(failed);
    } catch (error) {
      if (!mayPass(error) || failed + 1 >= options.triesMax) throw error;
      const askedMs = Math.min(askedMsMax, (retryAfterSecIn(error) ?? 0) * 1_000);
      await sleep(Math.max(askedMs, backOffMs(options, failed)), undefined, { signal: options.signal });
    }
  }
}

const retryAfterSecIn = (error: ServerUnreachable | ProblemError): number | null =>
  error instanceof ProblemError || error instanceof ForeignAnswer ? error.retryAfterSec : null;
