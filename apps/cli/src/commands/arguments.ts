import { existsSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import type { FailReason, JobState, WorkerState, WorkflowState } from '#contracts';
import type { Call, Globals } from '../globals.js';
import { openTerminal } from '../terminal/terminal.js';

export const jobStates: readonly JobState[] = ['waiting', 'ready', 'leased', 'finished', 'failed'];
export const workflowStates: readonly WorkflowState[] = [
  ...(['running', 'paused', 'done', 'partial', 'failed', 'cancelled'] as const),
];
export const workerStates: readonly WorkerState[] = ['live', 'suspect', 'draining', 'ended', 'lost'];
export const failReasons: readonly FailReason[] = [
  ...(['error', 'timeout', 'memory', 'cancelled', 'parent_failed', 'lost', 'evicted', 'site', 'rejected'] as const),
];

export const dryRunHelp = 'say what it would do; start, send and write nothing';
/** Of verbs that ask the server what an order would do. */
export const orderDryRunHelp = 'say what it would touch, and change nothing';
export const fileHelp = 'a document: its path, or - for stdin';
export const selectorHelp = 'a workflow: id, prefix of an id, last, last~N, name or glob';

/** Values of an option that may be given again and again. */
export const repeated = (text: string, before: string[] = []): string[] => [...before, notEmpty(text)];

export const repeatedNumber =
  (range: { min: number; max: number }) =>
  (text: string, before: number[] = []): number[] => [...before, wholeNumber(range)(text)];

export const repeatedChoice =
  <Choice extends string>(choices: readonly Choice[]) =>
  (text: string, before: Choice[] = []): Choice[] => {
    const choice = choices.find((each) => each === text);
    if (choice === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return [...before, choice];
  };

/** What a verb is called with, from the options before and after its name. */
export function callOf(command: Command): Call {
  const { color, ...globals } = command.optsWithGlobals<Globals & { color: boolean }>();
  return { globals, terminal: openTerminal({ colour: color }) };
}

export const wholeNumber =
  ({ min, max }: { min: number; max: number }) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };

/** An empty argument, as an unset variable of a script makes it, names nothing. */
export function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1e9)) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

/** What looks like a path must be there now: the workers would find out only when the whole stack has started. */
export function transformPlaces(text: string, before: string[]): string[] {
  const isPath = text.startsWith('.') || text.startsWith('/');
  if (isPath && !existsSync(text)) throw new InvalidArgumentError('There is no such folder.');
  return [...before, text];
}
