import type { WrittenJob } from '../job-shape.js';
import { filledFields, without, type Fields } from './fields.js';
import { oddCommand } from './task-command.js';
import type { TaskFiles } from './task-files.js';
import type { WfTask } from './wf-instance.js';
import { extensionField } from './wf-instance.js';

/** What a task says of its job besides its template, label and parents. */
export type DescribedJob = Pick<WrittenJob, 'name' | 'inputs' | 'outputs' | 'tags' | 'observed'>;

/** The tag under which the name of a task is kept when it is not its id. */
export const taskNameTag = 'wfformat.name';

/** The field of `observed` with what has no place of its own, as it was written. */
export const oddField = 'wfformat';

/** Fields of `observed` that the executions of WfFormat call otherwise, or that are ours. */
const ownNames = new Set(['runtimeSec', 'memoryBytes', oddField]);
const mappedOfTask = new Set(['id', 'name', 'parents', 'children', 'inputFiles', 'outputFiles', extensionField]);
const mappedOfExecution = new Set(['id', 'runtimeInSeconds', 'memoryInBytes', 'command']);

/**
 * The part of the mapping that needs nothing but the task and its files.
 * @see writtenTask(), its inverse: jobs that came from WfFormat are told by their task alike, all others are compared
 */
export function describedJob(task: WfTask, files: TaskFiles): DescribedJob {
  const observed = observedOf(task, files.firstTold(new Set([...task.inputFiles, ...task.outputFiles])));
  return {
    name: task.id,
    ...(task.inputFiles.length > 0 && { inputs: task.inputFiles.map((id) => files.use(id)) }),
    ...(task.outputFiles.length > 0 && { outputs: task.outputFiles.map((id) => files.use(id)) }),
    ...(task.name !== task.id && { tags: { [taskNameTag]: task.name } }),
    ...(observed && { observed }),
  };
}

function observedOf(task: WfTask, files: Fields | undefined): Fields | undefined {
  const execution = task.execution?.fields ?? {};
  const rest = without(execution, mappedOfExecution);
  const command = oddCommand(task);
  const odd = filledFields({
    ...kept('task', without(task.specification, mappedOfTask)),
    ...kept('execution', Object.fromEntries(Object.entries(rest).filter(([name]) => ownNames.has(name)))),
    ...(command === undefined ? {} : { command }),
    ...kept('files', files ?? {}),
  });
  return filledFields({
    ...(execution['runtimeInSeconds'] === undefined ? {} : { runtimeSec: execution['runtimeInSeconds'] }),
    ...(execution['memoryInBytes'] === undefined ? {} : { memoryBytes: execution['memoryInBytes'] }),
    ...without(rest, ownNames),
    ...(odd && { [oddField]: odd }),
  });
}

const kept = (name: string, fields: Fields): Fields => (filledFields(fields) ? { [name]: fields } : {});

/** Seconds a job ran when it was observed; 0 when that is unknown or was not above 0. */
export function observedRuntimeSec(observed: Fields | undefined): number {
  const runtimeSec = observed?.['runtimeSec'];
  return typeof runtimeSec === 'number' && runtimeSec > 0 ? runtimeSec : 0;
}
