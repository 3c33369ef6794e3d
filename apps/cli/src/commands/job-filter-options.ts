import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FailReason, JobState } from '#contracts';
import { failReasons, jobStates, repeated, repeatedChoice, repeatedNumber } from './arguments.js';

/** Conditions on jobs, each with the values given for it: one of them must hold. */
export interface JobFilterOptions {
  label?: string[];
  state?: JobState[];
  reason?: FailReason[];
  exit?: number[];
  site?: string[];
  /** Error groups: names such as e1, or fingerprints. */
  group?: string[];
  /** In the query language, beside the others. */
  query?: string;
}

/** The same of orders about open jobs. */
export interface OpenJobOptions extends JobFilterOptions {
  /** Ordinals, names or `label/name`. */
  job?: string[];
}

/** Of `--query`. */
export const queryHelp = "like this: 'label:isr -site:USDF exit:1,137'";

/** Adds the options that choose jobs by how their last attempt went. Each may be given more than once. */
export const addFailureFilter = (command: Command): Command =>
  command
    .option('--label <label>', 'of this label only; may be repeated, as all of these', repeated)
    .addOption(choice('--reason <reason>', 'failed for this reason only', failReasons))
    .option('--exit <code>', 'with this exit code only', repeatedNumber({ min: 0, max: 255 }))
    .option('--site <site>', 'last tried at this site only', repeated)
    .option('--group <group>', 'of this error group only: e1, or a fingerprint', repeatedGroup)
    .option('--query <query>', queryHelp);

/** The same, and by state. */
export const addJobFilter = (command: Command): Command =>
  addFailureFilter(
    command.addOption(
      choice('--state <state>', 'in this state only; running is leased', [...jobStates, 'running']).argParser(jobState),
    ),
  );

/** The same, and by name. */
export const addOpenJobFilter = (command: Command): Command =>
  addJobFilter(command).option('--job <job>', 'this one: ordinal, name or label/name; may be repeated', repeated);

/** Whether any condition was given. */
export const hasCondition = ({ label, ...others }: OpenJobOptions): boolean =>
  label !== undefined || isAboutJobs(others);

/** Whether a pause or a resume is about jobs: labels alone are paused as labels. */
export const isAboutJobs = ({ state, reason, exit, site, group, job, query }: OpenJobOptions): boolean =>
  [state, reason, exit, site, group, job, query].some((condition) => condition !== undefined);

/** Tables and bars call leased jobs running: so may whoever asks for them. */
const jobState = (text: string, before?: JobState[]): JobState[] =>
  repeatedChoice(jobStates)(text === 'running' ? 'leased' : text, before);

/** Help and completion know the words; each use adds one. */
const choice = (flags: string, description: string, words: readonly string[]): Option =>
  new Option(flags, description).choices(words).argParser(repeatedChoice(words));

/** Error groups by name or fingerprint. */
export function repeatedGroup(text: string, before: string[] = []): string[] {
  if (/^(?:e[1-9]\d{0,8}|[0-9a-f]{16})$/.test(text)) return [...before, text];
  throw new InvalidArgumentError(
    'Give a name such as e1, or a fingerprint of 16 hex digits: `sluice errors` lists them.',
  );
}
