import { isDeepStrictEqual } from 'node:util';
import type { CheckedHeader, CheckedTemplate } from '../checked-header.js';
import type { WrittenJob } from '../job-shape.js';
import { inNfc } from '../text-rule.js';
import { describedJob, observedRuntimeSec, type DescribedJob } from './described-job.js';
import { filledFields, type Fields } from './fields.js';
import { IdTable } from './id-table.js';
import { schemaFiles, schemaTask } from './schema-task.js';
import { commandOf, labelOf } from './task-command.js';
import { coresOf } from './task-cores.js';
import { TaskFiles } from './task-files.js';
import type { WfTask } from './wf-instance.js';
import { runCommand, writtenFiles, writtenTask, type JobToWrite } from './written-task.js';

/** A job as it is written, and what whoever reads that will take from it. */
export interface TaskWritten {
  task: WfTask;
  described: DescribedJob;
}

/**
 * How jobs become tasks. `kept`: as they were before they came from WfFormat; `schema`: as its schema allows, for jobs
 * that never were WfFormat.
 */
export type TaskStyle = 'kept' | 'schema';

/** Writes the jobs of one document, in order. The list of files grows with them. */
export class TaskWriter {
  private readonly listed: Map<string, Fields>;
  private readonly kept: ReadonlySet<string>;
  private readonly seen: Set<string>;
  private readonly read: TaskFiles;
  private readonly fileIds = new IdTable();
  private readonly only: CheckedTemplate | null;

  /** @param options.taskIds ids by ordinal; of style `kept` they are the names */
  constructor(
    private readonly header: CheckedHeader,
    private readonly options: { style: TaskStyle; taskIds: (ordinal: number) => string; keptFiles: readonly Fields[] },
  ) {
    this.listed = new Map(options.keptFiles.map((file) => [String(file['id']), file]));
    this.kept = new Set(this.listed.keys());
    this.seen = new Set(this.kept);
    this.read = new TaskFiles(this.listed);
    const [first, second] = header.templates.values();
    this.only = first !== undefined && second === undefined ? first : null;
  }

  write(job: WrittenJob, ordinal: number): TaskWritten {
    const from = this.jobToWrite(job, ordinal);
    const task = this.taskOf(from);
    return { task, described: describedJob(task, this.read) };
  }

  /** Whether a task that was written without an extension says all of its job. */
  isWhole({ task, described }: TaskWritten, job: WrittenJob, ordinal: number): boolean {
    const from = this.jobToWrite(job, ordinal);
    if (from.template === null || (job.kind ?? 'job') !== 'job') return false;
    if (job.in !== undefined || job.blocking !== undefined || filled(job.weight)) return false;
    const runs = commandOf(task);
    return (
      (job.after ?? []).every((parent) => typeof parent !== 'object' || parent.on !== 'ended') &&
      isDeepStrictEqual(runs, runCommand(from)) &&
      (runs.kind !== 'none' || from.template.template.transform === 'simulate') &&
      labelOf(task, runs) === inNfc(job.label ?? from.template.name) &&
      (coresOf(task.execution?.fields['coreCount']) ?? 1) === from.template.template.resources.cores &&
      isDeepStrictEqual(job.params ?? {}, runs.kind === 'none' ? paramsOf(job) : {}) &&
      isDeepStrictEqual(described, describedPart(job))
    );
  }

  /** The list of files of all jobs written so far, without those that were kept beside. */
  *files(): Generator<Fields> {
    for (const [id, file] of this.listed) if (!this.kept.has(id)) yield file;
  }

  private taskOf(from: JobToWrite): WfTask {
    const { style } = this.options;
    const files = style === 'kept' ? writtenFiles(from) : schemaFiles(from, this.fileIds);
    for (const [id, entry] of files) this.list(id, entry);
    if (style === 'kept') return writtenTask(from);
    return schemaTask(from, { id: this.options.taskIds(from.ordinal), files: this.fileIds });
  }

  /** What is first said of a file stands: an entry without fields says that it is not listed. */
  private list(id: string, entry: Fields): void {
    if (this.seen.has(id)) return;
    this.seen.add(id);
    if (filledFields(entry)) this.listed.set(id, entry);
  }

  private jobToWrite(job: WrittenJob, ordinal: number): JobToWrite {
    const { templates, document } = this.header;
    const runs = job.kind === undefined || job.kind === 'job';
    const named = job.template === undefined ? null : (templates.get(inNfc(job.template)) ?? null);
    return { job, ordinal, template: named ?? (runs ? this.only : null), files: document.files };
  }
}

function paramsOf({ observed }: WrittenJob): Fields {
  const runtimeSec = observedRuntimeSec(observed);
  return runtimeSec > 0 ? { runtimeSec } : {};
}

function describedPart({ name, inputs = [], outputs = [], tags, observed }: WrittenJob): DescribedJob {
  return {
    name,
    ...(inputs.length > 0 && { inputs }),
    ...(outputs.length > 0 && { outputs }),
    ...(filled(tags) && { tags }),
    ...(filled(observed) && { observed }),
  };
}

const filled = (fields: Fields | undefined): boolean => fields !== undefined && Object.keys(fields).length > 0;
