import type { FileUse } from '#contracts';
import { filledFields, type Fields } from './fields.js';
import type { IdTable } from './id-table.js';
import { writtenCommand, type TaskCommand } from './task-command.js';
import type { WfTask } from './wf-instance.js';
import { runCommand, namesOf, type JobToWrite } from './written-task.js';

/** Numbers of an execution that we take over from `observed` under their own names. */
const measures = ['avgCPU', 'readBytes', 'writtenBytes', 'energyInKWh', 'avgPowerInW', 'priority'] as const;

/**
 * The task of a job that never was WfFormat, such that the schema of 1.5 allows it: ids of letters, digits, `-_.` only,
 * an execution only of what has run. What that leaves out stands in its extension.
 */
export function schemaTask(from: JobToWrite, { id, files }: { id: string; files: IdTable }): WfTask {
  const { job } = from;
  const runtimeSec = job.observed?.['runtimeSec'];
  const execution = typeof runtimeSec === 'number' ? executionFields(from, id, runtimeSec) : null;
  return {
    id,
    name: job.name,
    parents: [],
    children: [],
    inputFiles: namesOf(job.inputs).map((name) => files.idOf(name)),
    outputFiles: namesOf(job.outputs).map((name) => files.idOf(name)),
    specification: { name: job.name, id },
    execution: execution && { fields: execution, index: 0 },
  };
}

function executionFields(from: JobToWrite, id: string, runtimeInSeconds: number): Fields {
  const { job, template } = from;
  const observed = job.observed ?? {};
  const command = allowedCommand(runCommand(from));
  const cores = template?.template.resources.cores ?? 0;
  const { memoryBytes } = observed;
  const measured = measures.flatMap((name) => (typeof observed[name] === 'number' ? [[name, observed[name]]] : []));
  return {
    id,
    runtimeInSeconds,
    ...(command && { command }),
    // The schema knows no fractions of a core below one.
    ...(cores >= 1 && { coreCount: cores }),
    ...(typeof memoryBytes === 'number' && { memoryInBytes: memoryBytes }),
    ...(Object.fromEntries(measured) as Fields),
  };
}

/** The schema has no empty texts: an empty argument cannot be told there. */
function allowedCommand(command: TaskCommand): Fields | undefined {
  const written = writtenCommand(command);
  return written && filledFields({ ...written, arguments: command.parts.slice(1).filter((part) => part !== '') });
}

/** Entries of the list of files, by id: only of sizes that the schema allows. */
export function schemaFiles({ job, files }: JobToWrite, table: IdTable): [id: string, entry: Fields][] {
  return [...(job.inputs ?? []), ...(job.outputs ?? [])].flatMap((use): [string, Fields][] => {
    const { name, bytes } = sized(use, files);
    const id = table.idOf(name);
    return [[id, Number.isSafeInteger(bytes) && Number(bytes) >= 0 ? { id, sizeInBytes: bytes } : {}]];
  });
}

function sized(use: FileUse, files: JobToWrite['files']): { name: string; bytes: unknown } {
  if (typeof use !== 'string') return { name: use.name, bytes: use.bytes };
  return { name: use, bytes: Object.hasOwn(files, use) ? files[use]?.bytes : undefined };
}
