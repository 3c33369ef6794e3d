import { failReasons, type RetryRule } from '#contracts';
import { exitRange, shown } from '#core';
import type { ValueFault } from './fault.js';

/** What is wrong with retry rules that their schema lets through. @param base JSON pointer of the list */
export const retryFaults = (rules: readonly RetryRule[], base: string): ValueFault[] =>
  rules.flatMap((rule, no) => [...codeFaults(rule, `${base}/${no}`), ...idleFaults(rule, `${base}/${no}`)]);

function codeFaults({ exit = [], signal = [], reason = [] }: RetryRule, place: string): ValueFault[] {
  return [
    ...exit.flatMap((code, i) => (isExit(code) ? [] : badCode(`${place}/exit/${i}`, String(code), exitRemedy))),
    ...signal.flatMap((name, i) => (isSignal(name) ? [] : badCode(`${place}/signal/${i}`, name, signalRemedy))),
    ...reason.flatMap((name, i) => (isReason(name) ? [] : badCode(`${place}/reason/${i}`, name, reasonRemedy))),
  ];
}

/** A rule that fails the job has no next attempt to say anything about. */
function idleFaults({ then, ...rule }: RetryRule, place: string): ValueFault[] {
  if (then !== 'fail') return [];
  const idle = (['memory', 'site', 'backoffSec'] as const).filter((field) => rule[field] !== undefined);
  return idle.map((field) => ({
    code: 'UNKNOWN_FIELD',
    pointer: `${place}/${field}`,
    message: `${field} means nothing beside "then": "fail": there is no next attempt`,
    remedy: `Take \`${field}\` away, or write "then": "retry".`,
  }));
}

const isExit = (code: number | string): boolean => typeof code === 'number' || exitRange(code) !== null;

const isSignal = (name: string): boolean => /^SIG[A-Z0-9]{2,12}$/.test(name);

const isReason = (name: string): boolean => (failReasons as readonly string[]).includes(name);

const exitRemedy =
  'Codes are whole numbers from 0 to 255, ranges of them are texts like "100-120", the lower one first.';
const signalRemedy = 'Signals are named like "SIGKILL".';
const reasonRemedy = `Reasons are ${failReasons.join(', ')}.`;

const badCode = (pointer: string, name: string, remedy: string): ValueFault => ({
  code: 'BAD_RETRY_CODE',
  pointer,
  message: `a retry rule names ${shown(name)}, which no attempt ends with`,
  remedy,
});
