/**
 * Owns what a failed attempt means for its job: try again, wait, or fail for good. Knows no clock and no store.
 *
 * D1  Two budgets: `retries` pays for what the payload did, `infraRetries` for lost workers and site faults.
 * D2  A job fails for good when the budget that its failure is charged to is used up.
 * D3  The first rule that matches decides; `then: fail` ends the job at once, `then: retry` is paid like any other.
 * D4  Cancelled and rejected attempts are never tried again; returned ones always, and cost nothing.
 * D5  An attempt that an order of an operator ended is tried again at once, whatever was used, and costs nothing: a site may
 *     be stopped and opened as often as it takes.
 */
import type { ReasonWord } from '../codes.js';

export interface RetryRule {
  exit?: readonly number[] | undefined;
  signal?: readonly string[] | undefined;
  reason?: readonly string[] | undefined;
  message?: string | undefined;
  then: 'retry' | 'fail';
}

export interface RetryPolicy {
  retries: number;
  infraRetries: number;
  rules: readonly RetryRule[];
  /** Seconds before the first retry; doubled for each one after it. */
  backoffSec: number;
}

export interface FailedAttempt {
  reason: ReasonWord;
  exitCode: number | null;
  signal: string | null;
  message: string | null;
  /** Evicted, since an operator stopped its site or its worker. Default: not so. */
  byOrder?: boolean;
}

export interface BudgetUsed {
  tries: number;
  infra: number;
}

export interface AttemptDecision {
  /** `fail`: for good. `retry`: ready again after delaySec (0: at once). */
  then: 'fail' | 'retry';
  delaySec: number;
  /** What this attempt adds to the budgets used. */
  tries: 0 | 1;
  infra: 0 | 1;
}

/** Longest back-off, in seconds. */
export const backoffMaxSec = 3_600;

const infraReasons: readonly ReasonWord[] = ['lost', 'evicted', 'site'];
const finalReasons: readonly ReasonWord[] = ['cancelled', 'rejected', 'parent_failed'];

export function decideAttempt(attempt: FailedAttempt, policy: RetryPolicy, used: BudgetUsed): AttemptDecision {
  if (attempt.byOrder && attempt.reason === 'evicted') return { then: 'retry', delaySec: 0, tries: 0, infra: 0 }; // D5
  const infra = infraReasons.includes(attempt.reason);
  const charge = { tries: infra ? 0 : 1, infra: infra ? 1 : 0 } as const;
  if (finalReasons.includes(attempt.reason)) return { then: 'fail', delaySec: 0, ...charge };
  const rule = policy.rules.find((candidate) => matches(candidate, attempt));
  const spent = infra ? used.infra >= policy.infraRetries : used.tries >= policy.retries;
  if (spent || rule?.then === 'fail') return { then: 'fail', delaySec: 0, ...charge };
  return { then: 'retry', delaySec: backoffSec(policy.backoffSec, infra ? used.infra : used.tries), ...charge };
}

/** The wait before retry number `retriesBefore` + 1. */
export function backoffSec(firstSec: number, retriesBefore: number): number {
  return Math.min(firstSec * 2 ** Math.min(retriesBefore, 32), backoffMaxSec);
}

function matches(rule: RetryRule, attempt: FailedAttempt): boolean {
  if (rule.exit && !(attempt.exitCode !== null && rule.exit.includes(attempt.exitCode))) return false;
  if (rule.signal && !(attempt.signal !== null && rule.signal.includes(attempt.signal))) return false;
  if (rule.reason && !rule.reason.includes(attempt.reason)) return false;
  return rule.message === undefined || (attempt.message ?? '').includes(rule.message);
}
