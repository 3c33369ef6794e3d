import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FailReason, JobState } from '#contracts';
import { failReasons, jobStates, notEmpty } from './arguments.js';

/** Conditions on jobs, each with the values given for it: one of them must hold. */
export interface JobFilterOptions {
  label?: string[];
  state?: JobState[];
  reason?: FailReason[];
  exit?: number[];
  site?: string[];
  /** Error groups: names such as e1, or fingerprints. */
  group?: string[];
}

/** Adds the options that choose jobs by how their last attempt went. Each may be given more than once. */
export const addFailureFilter = (command: Command): Command =>
  command
    .option('--label <label>', 'of this label only; may be repeated, as all of these', gather(notEmpty))
    .addOption(choice('--reason <reason>', 'failed for this reason only', failReasons))
    .option('--exit <code>', 'with this exit code only', gather(exitCode))
    .option('--site <site>', 'last tried at this site only', gather(notEmpty))
    .option('--group <group>', 'of this error group only: e1, or a fingerprint', gather(groupText));

/** The same, and by state. */
export const addJobFilter = (command: Command): Command =>
  addFailureFilter(command.addOption(choice('--state <state>', 'in this state only', jobStates)));

/** Help and completion know the words; each use adds one. */
const choice = (flags: string, description: string, words: readonly string[]): Option =>
  new Option(flags, description).choices(words).argParser(gather(oneOf(words)));

const gather =
  <T>(read: (text: string) => T) =>
  (text: string, before: T[] | undefined): T[] => [...(before ?? []), read(text)];

const oneOf =
  <T extends string>(words: readonly T[]) =>
  (text: string): T => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Allowed choices are ${words.join(', ')}.`);
  };

function exitCode(text: string): number {
  if (/^-?\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give an exit code such as 137.');
}

function groupText(text: string): string {
  if (/^(?:e[1-9]\d{0,8}|[0-9a-f]{16})$/.test(text)) return text;
  throw new InvalidArgumentError(
    'Give a name such as e1, or a fingerprint of 16 hex digits: `sluice errors` lists them.',
  );
}
