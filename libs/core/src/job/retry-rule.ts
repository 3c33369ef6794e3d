/** Owns which rule a failed attempt falls under. What follows from it is decided in decide-attempt.ts. */
import type { ReasonWord } from '../codes.js';
import { fitsPattern } from './message-pattern.js';

/** What a rule says: its conditions must all hold; one that is left out always does. */
export interface RetryRule {
  /** Codes, or ranges of them such as `100-120`, both ends included. */
  exit?: readonly (number | string)[] | undefined;
  signal?: readonly string[] | undefined;
  reason?: readonly string[] | undefined;
  /** @see fitsPattern */
  message?: string | undefined;
  then: 'retry' | 'fail';
  /** `grow`: the next attempt gets more, `keep`: as much as this one. Left out: it grows as the template says. */
  memory?: 'grow' | 'keep' | undefined;
  /** `other`: not again where it failed, while another site would do. */
  site?: 'other' | undefined;
  /** In place of the template's. */
  backoffSec?: number | undefined;
}

export interface FailureSigns {
  reason: ReasonWord;
  exitCode: number | null;
  signal: string | null;
  message: string | null;
}

/** @returns the first rule that matches. */
export const ruleFor = (rules: readonly RetryRule[], failure: FailureSigns): RetryRule | undefined =>
  rules.find((rule) => matches(rule, failure));

/** The two ends of `100-120`; null for a text that is no range of exit codes. */
export function exitRange(text: string): { first: number; last: number } | null {
  const [, first, last] = /^(\d{1,3})-(\d{1,3})$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return null;
  const range = { first: Number(first), last: Number(last) };
  return range.first <= range.last && range.last <= exitCodeMax ? range : null;
}

const exitCodeMax = 255;

function matches(rule: RetryRule, { reason, exitCode, signal, message }: FailureSigns): boolean {
  if (rule.exit && !(exitCode !== null && rule.exit.some((one) => covers(one, exitCode)))) return false;
  if (rule.signal && !(signal !== null && rule.signal.includes(signal))) return false;
  if (rule.reason && !rule.reason.includes(reason)) return false;
  return rule.message === undefined || fitsPattern(message ?? '', rule.message);
}

function covers(one: number | string, exitCode: number): boolean {
  if (typeof one === 'number') return one === exitCode;
  const range = exitRange(one);
  return range !== null && range.first <= exitCode && exitCode <= range.last;
}
