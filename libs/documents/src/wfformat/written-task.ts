import { fillPlaceholders, placeholderValues, type DocumentHeader, type FileUse } from '#contracts';
import type { CheckedTemplate } from '../checked-header.js';
import type { WrittenJob } from '../job-shape.js';
import { isDeepStrictEqual } from 'node:util';
import { oddField, taskNameTag } from './described-job.js';
import { filledFields, isFields, without, type Fields } from './fields.js';
import { commandOf, writtenCommand, type TaskCommand } from './task-command.js';
import type { WfTask } from './wf-instance.js';

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
  const specification = { ...partOf(odd, 'task'), name, id: job.name };
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

function executionFields(observed: Fields = {}, odd: Fields, command: unknown): Fields {
  const { runtimeSec, memoryBytes } = observed;
  return {
    ...odd,
    ...(runtimeSec === undefined ? {} : { runtimeInSeconds: runtimeSec }),
    ...(command === undefined ? {} : { command }),
    ...without(observed, ourNames),
    ...(memoryBytes === undefined ? {} : { memoryInBytes: memoryBytes }),
  };
}

/** A command that was kept as it was recorded stands as long as it means what the job runs. */
function recordedCommand(runs: TaskCommand, odd: Fields): unknown {
  if (!Object.hasOwn(odd, 'command')) return writtenCommand(runs);
  const { command } = odd;
  const meant = commandOf({ execution: { fields: { command } } });
  return isDeepStrictEqual(meant, runs) ? command : writtenCommand(runs);
}

/** Of the file uses of a job that came from WfFormat, the entries of the list of files. */
export function writtenFiles({ job }: JobToWrite): [id: string, entry: Fields][] {
  const odd = partOf(partOf(job.observed, oddField), 'files');
  return [...(job.inputs ?? []), ...(job.outputs ?? [])].flatMap((use): [string, Fields][] => {
    const { name, bytes } = typeof use === 'string' ? { name: use, bytes: undefined } : use;
    const rest = Object.hasOwn(odd, name) ? odd[name] : undefined;
    if (typeof bytes !== 'number' && !isFields(rest)) return [[name, unlisted]];
    return [
      [name, { id: name, ...(typeof bytes === 'number' && { sizeInBytes: bytes }), ...(isFields(rest) ? rest : {}) }],
    ];
  });
}

/** Stands for a file that the list of files does not have. */
export const unlisted: Fields = {};

function partOf(fields: Fields | undefined, name: string): Fields {
  const value = fields?.[name];
  return isFields(value) ? value : {};
}
