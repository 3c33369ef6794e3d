/**
 * Owns what a failed attempt means for its job: try again, wait, with how much memory, or fail for good. Knows no clock
 * and no store.
 *
 * D1  Two budgets: `retries` pays for what the payload did, `infraRetries` for lost workers and site faults.
 * D2  A job fails for good when the budget that its failure is charged to is used up.
 * D3  The first rule that matches decides; `then: fail` ends the job at once, `then: retry` is paid like any other.
 * D4  Cancelled and rejected attempts are never tried again; returned ones always, and cost nothing.
 * D5  Memory grows where a rule says so, and where an attempt ran out of it and its template names a growth. A job that
 *     would grow and had all that it may have fails for good.
 * D6  An attempt that ran out of less memory than its template asks for (a learned size) is our fault: it is charged to
 *     nobody, no rule is asked, and from then on its job has what was asked for, or what it was seen to need.
 * D7  An attempt that an order of an operator ended is tried again at once, whatever was used, and costs nothing: a site may
 *     be stopped and opened as often as it takes.
 */
import type { ReasonWord } from '../codes.js';
import { backoffSec, spreadSec } from './back-off.js';
import { grownMemoryMib } from './memory-size.js';
import { ruleFor, type FailureSigns, type RetryRule } from './retry-rule.js';

export interface RetryPolicy {
  retries: number;
  infraRetries: number;
  rules: readonly RetryRule[];
  /** Seconds before the first retry; doubled for each one after it. */
  backoffSec: number;
}

/** What the template says about memory. */
export interface MemoryPolicy {
  askedMib: number;
  /** Null: after `memory` the next attempt gets no more, unless a rule says so. */
  growth: number | null;
  /** Null: no ceiling. */
  maxMib: number | null;
}

export interface FailedAttempt extends FailureSigns {
  /** Names it, such as `17:3#1`: what its back-off is spread by. */
  name: string;
  /** What it was allowed and the most it was seen to use, in MiB; null: not measured. */
  allowedMib: number;
  peakMib: number | null;
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
  /** What the next attempt is allowed, in MiB; null: as this one. */
  memoryMib: number | null;
  /** The next attempt is to run elsewhere, if it can. */
  otherSite: boolean;
}

/** Where a rule asks for growth and the template names none. */
export const usualGrowth = 2;

const infraReasons: readonly ReasonWord[] = ['lost', 'evicted', 'site'];
const finalReasons: readonly ReasonWord[] = ['cancelled', 'rejected', 'parent_failed'];

export function decideAttempt(
  attempt: FailedAttempt,
  policy: RetryPolicy & { memory: MemoryPolicy },
  used: BudgetUsed,
): AttemptDecision {
  const { memory } = policy;
  if (attempt.byOrder && attempt.reason === 'evicted') return { ...atNoCost, memoryMib: null }; // D7
  if (attempt.reason === 'memory' && attempt.allowedMib < memory.askedMib) return giveAsked(attempt, memory); // D6
  const infra = infraReasons.includes(attempt.reason);
  const charge = { tries: infra ? 0 : 1, infra: infra ? 1 : 0 } as const;
  const failure = { then: 'fail', delaySec: 0, memoryMib: null, otherSite: false, ...charge } as const;
  if (finalReasons.includes(attempt.reason)) return failure;
  const rule = ruleFor(policy.rules, attempt);
  const spent = infra ? used.infra >= policy.infraRetries : used.tries >= policy.retries;
  if (spent || rule?.then === 'fail') return failure;
  const growth = growthOf(rule, attempt, memory);
  if (growth !== null && attempt.allowedMib >= (memory.maxMib ?? Infinity)) return failure; // D5
  const waitSec = backoffSec(rule?.backoffSec ?? policy.backoffSec, infra ? used.infra : used.tries);
  return {
    then: 'retry',
    delaySec: spreadSec(waitSec, attempt.name),
    ...charge,
    memoryMib: growth === null ? null : changed(attempt, grownMemoryMib({ ...attempt, growth, maxMib: memory.maxMib })),
    otherSite: rule?.site === 'other',
  };
}

const atNoCost = { then: 'retry', delaySec: 0, tries: 0, infra: 0, otherSite: false } as const;

/** @see D6 */
function giveAsked(attempt: FailedAttempt, { askedMib, maxMib }: MemoryPolicy): AttemptDecision {
  const memoryMib = Math.max(askedMib, grownMemoryMib({ ...attempt, growth: 1, maxMib: maxMib ?? askedMib }));
  return { ...atNoCost, memoryMib };
}

/** @returns null where the next attempt gets as much as this one. */
function growthOf(rule: RetryRule | undefined, { reason }: FailedAttempt, memory: MemoryPolicy): number | null {
  if (rule?.memory === 'grow') return memory.growth ?? usualGrowth;
  return reason === 'memory' && rule?.memory !== 'keep' ? memory.growth : null;
}

const changed = ({ allowedMib }: FailedAttempt, nextMib: number): number | null =>
  nextMib === allowedMib ? null : nextMib;
