import { fillPlaceholders, placeholderValues, type DocumentHeader, type FileUse } from '#contracts';
import type { CheckedTemplate } from '../checked-header.js';
import type { WrittenJob } from '../job-shape.js';
import { isDeepStrictEqual } from 'node:util';
import { oddField, taskNameTag } from './described-job.js';
import { filledFields, isFields, without, type Fields } from './fields.js';
import { commandOf, writtenCommand, type TaskCommand } from './task-command.js';
import { extensionField, type WfTask } from './wf-instance.js';

/** A job that is to be written, with what its document says of it. */
export interface JobToWrite {
  job: WrittenJob;
  ordinal: number;
  /** null: it has none, being a barrier or group. */
  template: CheckedTemplate | null;
  files: DocumentHeader['files'];
}

/** What the job runs, with its placeholders filled in as at its first attempt. */
export function runCommand({ job, ordinal, template }: JobToWrite): TaskCommand {
  const command = template?.template.transform === 'command' ? template.template.command : undefined;
  if (command === undefined) return { kind: 'none', parts: [] };
  const values = placeholderValues({ vars: job.vars ?? {}, attempt: 1, name: job.name, ordinal });
  const filled = (text: string): string => fillPlaceholders(text, values);
  if (command.argv !== undefined) return { kind: 'argv', parts: command.argv.map(filled) };
  return { kind: 'cmdline', parts: [filled(command.cmdline ?? '')] };
}

/**
 * The task of a job that came from WfFormat, as it was before: the inverse of describedJob(). Parents are left to the
 * caller.
 */
export function writtenTask(from: JobToWrite): WfTask {
  const { job } = from;
  const odd = partOf(job.observed, oddField);
  const name = job.tags?.[taskNameTag] ?? job.name;
  const specification = { ...without(partOf(odd, 'task'), new Set([extensionField])), name, id: job.name };
  const fields = executionFields(job.observed, partOf(odd, 'execution'), recordedCommand(runCommand(from), odd));
  return {
    id: job.name,
    name,
    parents: [],
    children: [],
    inputFiles: namesOf(job.inputs),
    outputFiles: namesOf(job.outputs),
    specification,
    execution: filledFields(fields) ? { fields: { id: job.name, ...fields }, index: 0 } : null,
  };
}

export const namesOf = (uses: readonly FileUse[] = []): string[] =>
  uses.map((use) => (typeof use === 'string' ? use : use.name));

const ourNames = new Set(['runtimeSec', 'memoryBytes', oddField]);
const theirNames = new Set(['id', 'runtimeInSeconds', 'memoryInBytes', 'command']);

/** What an instance may not say is left out; then it stands in the extension of the task. */
function executionFields(observed: Fields = {}, odd: Fields, command: unknown): Fields {
  const { runtimeSec, memoryBytes, coreCount } = observed;
  const rest = without(without(observed, ourNames), theirNames);
  return {
    ...without(odd, theirNames),
    ...(isNumberOrNull(runtimeSec) && { runtimeInSeconds: runtimeSec }),
    ...(command === undefined ? {} : { command }),
    ...(coreCount === undefined || isNumberOrNull(coreCount) ? rest : without(rest, new Set(['coreCount']))),
    ...(isNumberOrNull(memoryBytes) && { memoryInBytes: memoryBytes }),
  };
}

const isNumberOrNull = (value: unknown): boolean => typeof value === 'number' || value === null;

/** A command that was kept as it was recorded stands as long as it means what the job runs. */
function recordedCommand(runs: TaskCommand, odd: Fields): unknown {
  if (!Object.hasOwn(odd, 'command')) return writtenCommand(runs);
  const { command } = odd;
  if (!mayBeCommand(command)) return writtenCommand(runs);
  const meant = commandOf({ execution: { fields: { command } } });
  return isDeepStrictEqual(meant, runs) ? command : writtenCommand(runs);
}

function mayBeCommand(command: unknown): boolean {
  if (!isFields(command)) return command === null;
  const { program = null, arguments: given = null } = command;
  const isList = Array.isArray(given) && given.every((text) => typeof text === 'string');
  return (program === null || typeof program === 'string') && (given === null || isList);
}

/** Of the file uses of a job that came from WfFormat, the entries of the list of files. */
export function writtenFiles({ job }: JobToWrite): [id: string, entry: Fields][] {
  const odd = partOf(partOf(job.observed, oddField), 'files');
  return [...(job.inputs ?? []), ...(job.outputs ?? [])].flatMap((use): [string, Fields][] => {
    const { name, bytes } = typeof use === 'string' ? { name: use, bytes: undefined } : use;
    const rest = Object.hasOwn(odd, name) ? keptOfFile(odd[name]) : undefined;
    if (typeof bytes !== 'number' && rest === undefined) return [[name, unlisted]];
    return [[name, { id: name, ...(typeof bytes === 'number' && { sizeInBytes: bytes }), ...rest }]];
  });
}

/** What may stand beside the size of a file; a size that is not known may be null there. */
function keptOfFile(odd: unknown): Fields | undefined {
  if (!isFields(odd)) return undefined;
  return without(odd, new Set(odd['sizeInBytes'] === null ? ['id'] : ['id', 'sizeInBytes']));
}

/** Stands for a file that the list of files does not have. */
export const unlisted: Fields = {};

function partOf(fields: Fields | undefined, name: string): Fields {
  const value = fields?.[name];
  return isFields(value) ? value : {};
}
