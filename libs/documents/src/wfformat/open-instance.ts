import { documentLimits, type DocumentError, type DocumentRefusal } from '#contracts';
import { checkHeader } from '../header.js';
import type { RawJob } from '../job-line.js';
import type { WrittenJob } from '../job-shape.js';
import type { OpenDocument } from '../open-document.js';
import { DocumentRefused, Refusal, refusalOf } from '../refusal.js';
import { describedJob, observedRuntimeSec } from './described-job.js';
import { afterOf, extendedJob, taskExtension, type TaskExtension } from './extension.js';
import { isFields, type Fields } from './fields.js';
import { headerOfInstance, instanceExtension } from './instance-header.js';
import { readInstance } from './instance-shape.js';
import { commandOf, labelOf, type TaskCommand } from './task-command.js';
import { coresOf } from './task-cores.js';
import { TaskFiles } from './task-files.js';
import { taskGraph, type TaskGraph } from './task-graph.js';
import { TaskTemplates, type TemplateNeed } from './task-templates.js';
import { extensionField, taskPlace, type WfInstance, type WfTask } from './wf-instance.js';

const batchJobs = 1_000;

/**
 * Reads a WfFormat instance as a sluice/v1 document: see docs/wfformat.md.
 * @param root the instance as parsed
 * @throws DocumentRefused with places in the instance
 */
export function openInstance(root: Fields): OpenDocument {
  const refusal = new Refusal();
  const instance = readInstance(root, refusal);
  const graph = instance && taskGraph(instance.tasks, refusal);
  if (instance === null || graph === null || !refusal.isEmpty) throw new DocumentRefused(refusal.answer());
  const jobs = new InstanceJobs(instance, graph);
  const header = headerOfInstance(instance, { templates: jobs.templates(), edgeCount: edgesIn(graph) });
  refuseLarge(header);
  refuseBadExtension(instance, header);
  return { format: 'wfformat', header, jobs: jobs.batches(), unrunnable: jobs.unrunnable() };
}

/** What every job is made of. A task with an extension says its template itself; the others share those made here. */
class InstanceJobs {
  private readonly isExtended: boolean;
  private readonly shared: TaskTemplates;

  constructor(
    private readonly instance: WfInstance,
    private readonly graph: TaskGraph,
  ) {
    this.isExtended = instanceExtension(instance) !== null;
    this.shared = new TaskTemplates({ [Symbol.iterator]: () => this.needs() });
  }

  templates(): Fields {
    return this.shared.entries();
  }

  /** Why the tasks cannot be run as they were; null: of each a program is known. */
  unrunnable(): DocumentRefusal | null {
    const refusal = new Refusal();
    this.instance.tasks.forEach((task, index) => {
      if (this.extensionOf(task) === null && commandOf(task).kind === 'none') refusal.add(programMissing(task, index));
    });
    return refusal.isEmpty ? null : refusal.answer();
  }

  async *batches(): AsyncGenerator<RawJob[]> {
    const files = new TaskFiles(this.instance.files);
    const { tasks } = this.instance;
    for (let first = 0; first < tasks.length; first += batchJobs) {
      const batch = tasks.slice(first, first + batchJobs);
      yield await Promise.resolve(batch.map((task, i) => this.rawJob(task, first + i, files)));
    }
  }

  private *needs(): Generator<TemplateNeed> {
    for (const task of this.instance.tasks) if (this.extensionOf(task) === null) yield needOf(task);
  }

  private rawJob(task: WfTask, index: number, files: TaskFiles): RawJob {
    const extension = this.extensionOf(task);
    const place = taskPlace(index);
    const described = { ...describedJob(task, files), ...this.after(index, extension) };
    if (extension === null) return { where: place, value: this.plainJob(task, described), text: null };
    return { where: `${place}/${extensionField}`, value: extendedJob(described, extension), text: null };
  }

  private plainJob(task: WfTask, described: Pick<WrittenJob, 'name' | 'after' | 'observed'>): WrittenJob {
    const need = needOf(task);
    const { template, vars } = this.shared.use(need);
    const runtimeSec = observedRuntimeSec(described.observed);
    return {
      ...described,
      template,
      ...(need.label !== template && { label: need.label }),
      ...(vars && { vars }),
      ...(need.command.kind === 'none' && runtimeSec > 0 && { params: { runtimeSec } }),
    };
  }

  private after(index: number, extension: TaskExtension | null): Pick<WrittenJob, 'after'> {
    const parents = this.graph[index] ?? [];
    if (parents.length === 0) return {};
    if (extension === null) return { after: [...parents] };
    const idOf = (parent: number): string => this.instance.tasks[parent]?.id ?? '';
    return { after: afterOf(parents, { idOf, ended: extension.ended }) };
  }

  private extensionOf({ specification }: WfTask): TaskExtension | null {
    const written = specification[extensionField];
    return this.isExtended && isFields(written) ? taskExtension(written) : null;
  }
}

function needOf(task: WfTask): TemplateNeed {
  const command: TaskCommand = commandOf(task);
  return { label: labelOf(task, command), command, cores: coresOf(task.execution?.fields['coreCount']) };
}

const edgesIn = (graph: TaskGraph): number => graph.reduce((sum, parents) => sum + parents.length, 0);

/** Faults of what the instance itself says were told before: what is left stands in its extension. */
function refuseBadExtension(instance: WfInstance, header: Fields): void {
  if (instanceExtension(instance) === null) return;
  const checked = checkHeader(header);
  if (!('refusal' in checked)) return;
  const { errors, counts } = checked.refusal;
  const placed = errors.map((error) => ({ ...error, where: `/${extensionField}${error.where}` }));
  throw new DocumentRefused({ errors: placed, counts });
}

function refuseLarge(header: Fields): void {
  const bytes = Buffer.byteLength(JSON.stringify(header));
  if (bytes <= documentLimits.lineBytes) return;
  throw new DocumentRefused(
    refusalOf({
      code: 'TOO_LARGE',
      where: '/',
      message: `what is not tasks comes to ${bytes} bytes; the limit is ${documentLimits.lineBytes}`,
      remedy: 'Take machines, or files that no task names, out of the instance.',
    }),
  );
}

function programMissing(task: WfTask, index: number): DocumentError {
  const { execution } = task;
  return {
    code: 'MISSING_FIELD',
    where: execution ? `/workflow/execution/tasks/${execution.index}/command/program` : taskPlace(index),
    job: task.id,
    message: execution ? 'no program was recorded for the task' : 'the task has no entry in /workflow/execution/tasks',
    remedy: 'Add command.program to its execution, or run with --simulate 1: then each task takes its recorded time.',
  };
}
