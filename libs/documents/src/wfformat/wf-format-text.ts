import { isDeepStrictEqual } from 'node:util';
import type { CheckedHeader } from '../checked-header.js';
import { checkHeader } from '../header.js';
import type { WrittenJob } from '../job-shape.js';
import { DocumentRefused } from '../refusal.js';
import { IdTable } from './id-table.js';
import { filledFields, isFields, without, type Fields } from './fields.js';
import { annotationField, annotationsOf, keptAnnotations, type KeptAnnotations } from './instance-annotations.js';
import { madeField, sourceFormat, unknownRun } from './instance-header.js';
import { isPlainHeader, sourceOf } from './plain-header.js';
import { TaskWriter, type TaskStyle, type TaskWritten } from './task-writer.js';
import { extensionField, wfVersions, writtenVersion } from './wf-instance.js';
import { WrittenGraph } from './written-graph.js';

/** A document that is to be written as WfFormat. */
export interface WritableDocument {
  /** As it is written, or as it was stored; it is checked. */
  header: unknown;
  /** The jobs in order, some at a time, each good by itself; `observed` tells what a run measured. Read once. */
  jobs: AsyncIterable<readonly WrittenJob[]>;
  /**
   * What the whole run was; takes the place of what the header's annotations keep of an earlier one. Asked once all jobs
   * were read; null: nothing has run yet, so there is no execution.
   */
  run?: () => RunFacts | null;
}

/** The facts of a run that WfFormat keeps. */
export interface RunFacts {
  /** When it began: ISO 8601. */
  executedAt: string;
  makespanInSeconds: number;
  /** Each has at least its `nodeName`. */
  machines?: readonly Fields[];
}

const blockChars = 64 * 1024;

/** Fields of a kept execution that another run makes untrue. */
const ofARun = new Set(['machines', 'executedAt', 'makespanInSeconds']);

/**
 * Writes a document as a WfFormat instance: see docs/wfformat.md. It is read to its end before the first text comes,
 * since a task names its children; of each job its JSON is held.
 * @throws DocumentRefused for the header, for names that stand twice and for unknown parents
 */
export async function* wfFormatText(document: WritableDocument): AsyncGenerator<string> {
  const checked = checkHeader(document.header);
  if ('refusal' in checked) throw new DocumentRefused(checked.refusal);
  const writer = new InstanceWriter(document.header as Fields, checked.header, document.run);
  for await (const jobs of document.jobs) for (const job of jobs) writer.add(job);
  yield* blocks(writer.text());
}

function* blocks(texts: Iterable<string>): Generator<string> {
  let gathered = '';
  for (const text of texts) {
    gathered += text;
    if (gathered.length < blockChars) continue;
    yield gathered;
    gathered = '';
  }
  yield gathered;
}

class InstanceWriter {
  private readonly texts: string[] = [];
  private readonly graph = new WrittenGraph();
  private readonly style: TaskStyle;
  private readonly kept: KeptAnnotations | null;
  /** Tries each job without an extension; null as soon as one needs it. */
  private trial: TaskWriter | null;
  private ids: (ordinal: number) => string = () => '';
  private isPlain = false;
  private executedTasks = 0;
  private readonly made: ('files' | 'execution')[] = [];

  constructor(
    private readonly raw: Fields,
    private readonly header: CheckedHeader,
    private readonly run: WritableDocument['run'],
  ) {
    this.kept = keptOf(raw);
    this.style = sourceOf(raw)['format'] === sourceFormat ? 'kept' : 'schema';
    this.trial = isPlainHeader(raw, header, { annotationsReturn: this.kept !== null }) ? this.newWriter() : null;
  }

  add(job: WrittenJob): void {
    const ordinal = this.texts.length;
    this.graph.add(job);
    this.texts.push(JSON.stringify(job));
    if (this.trial === null) return;
    const written = this.trial.write(job, ordinal);
    if (written.task.execution) this.executedTasks++;
    if (!this.trial.isWhole(written, job, ordinal)) this.trial = null;
  }

  *text(): Generator<string> {
    this.graph.resolve();
    this.ids = this.taskIds();
    this.isPlain = this.trial !== null && !this.needsMade(this.trial);
    const version = sourceOf(this.raw)['version'];
    yield objectStart({
      name: this.raw['name'],
      ...this.kept?.root,
      schemaVersion: this.style === 'kept' && wfVersions.some((known) => known === version) ? version : writtenVersion,
    });
    yield `"workflow":${objectStart(this.kept?.workflow ?? {})}"specification":${objectStart(this.kept?.specification ?? {})}`;
    yield* this.specification();
    yield '}';
    yield* this.execution();
    yield this.isPlain ? '}}\n' : `},"${extensionField}":${JSON.stringify(this.extension())}}\n`;
  }

  /** X5: whether a list or an execution has to be made that the instance did not have. */
  private needsMade(trial: TaskWriter): boolean {
    const needsFiles = this.kept?.files === undefined && trial.files().next().done !== true;
    return needsFiles || (this.run === undefined && this.kept?.execution === undefined && this.executedTasks > 0);
  }

  private *specification(): Generator<string> {
    const writer = this.newWriter();
    this.executedTasks = 0;
    yield '"tasks":';
    yield* list(this.jobs(), (job, ordinal) => {
      const written = writer.write(job, ordinal);
      if (written.task.execution) this.executedTasks++;
      return this.taskText(written, job, ordinal);
    });
    const files = [...writer.files(), ...(this.kept?.files ?? [])];
    if (this.kept?.files === undefined) {
      if (files.length === 0) return;
      this.made.push('files');
    }
    yield ',"files":';
    yield* list(files, (file) => JSON.stringify(file));
  }

  private *execution(): Generator<string> {
    const isEmpty = this.executedTasks === 0 && (this.kept?.executions ?? []).length === 0;
    const facts = this.run?.();
    if (facts === null || (isEmpty && this.kept?.execution === undefined && facts === undefined)) return;
    if (facts === undefined && this.kept?.execution === undefined) this.made.push('execution');
    // The machines of an earlier run are not this one's.
    const kept =
      facts === undefined ? (this.kept?.execution ?? unknownRun) : without(this.kept?.execution ?? {}, ofARun);
    yield `,"execution":${objectStart({ ...kept, ...facts })}"tasks":`;
    yield* list(this.executions(), (fields) => JSON.stringify(fields));
    yield '}';
  }

  private *executions(): Generator<Fields> {
    const writer = this.newWriter();
    let ordinal = 0;
    for (const job of this.jobs()) {
      const { execution } = writer.write(job, ordinal++).task;
      if (execution) yield execution.fields;
    }
    yield* this.kept?.executions ?? [];
  }

  private taskText({ task, described }: TaskWritten, job: WrittenJob, ordinal: number): string {
    const parents = this.graph.parents(ordinal);
    const { inputFiles, outputFiles } = task;
    return JSON.stringify({
      ...task.specification,
      parents: Array.from(parents.keys(), this.ids),
      children: Array.from(this.graph.children(ordinal), this.ids),
      inputFiles,
      outputFiles,
      ...(!this.isPlain && { [extensionField]: this.taskExtension(job, { described, parents }) }),
    });
  }

  /** X2-X4 of extension.ts. */
  private taskExtension(
    job: WrittenJob,
    { described, parents }: { described: object; parents: ReadonlyMap<number, string> },
  ): Fields {
    const base = new Map<string, unknown>(Object.entries(described));
    const fields = Object.entries(job).filter(
      ([name, value]) => name !== 'after' && !isDeepStrictEqual(value, base.get(name)),
    );
    const ended = [...parents].flatMap(([parent, on]) => (on === 'ended' ? [this.ids(parent)] : []));
    const absent = [...base.keys()].filter((name) => !Object.hasOwn(job, name));
    return {
      ...Object.fromEntries(fields),
      ...(ended.length > 0 && { ended }),
      ...(absent.length > 0 && { absent }),
    };
  }

  /** X1 and X5 of extension.ts. */
  private extension(): Fields {
    const { annotations } = this.raw;
    const own = isFields(annotations) && this.kept ? filledFields(without(annotations, keptField)) : annotations;
    return {
      ...without(this.raw, saidElsewhere),
      ...(own !== undefined && { annotations: own }),
      ...(this.made.length > 0 && { [madeField]: this.made }),
    };
  }

  private *jobs(): Generator<WrittenJob> {
    for (const text of this.texts) yield JSON.parse(text) as WrittenJob;
  }

  private newWriter(): TaskWriter {
    return new TaskWriter(this.header, {
      style: this.style,
      taskIds: (ordinal) => this.ids(ordinal),
      keptFiles: this.kept?.files ?? [],
    });
  }

  private taskIds(): (ordinal: number) => string {
    const { names } = this.graph;
    const nameOf = (ordinal: number): string => names[ordinal] ?? '';
    if (this.style === 'kept') return nameOf;
    const table = new IdTable();
    for (const name of names) table.reserve(name);
    return (ordinal) => table.idOf(nameOf(ordinal));
  }
}

const saidElsewhere = new Set(['name', 'annotations', 'jobCount', 'edgeCount']);
const keptField = new Set([annotationField]);

/** What the annotations keep of an instance; null when it would not come back as it is. */
function keptOf(raw: Fields): KeptAnnotations | null {
  const annotations = isFields(raw['annotations']) ? raw['annotations'] : {};
  const kept = keptAnnotations(annotations[annotationField]);
  if (kept === null) return null;
  const { root, workflow, specification, execution, files, executions } = kept;
  const rebuilt = {
    ...root,
    workflow: {
      ...workflow,
      specification: { ...specification, ...(files && { files }) },
      ...(execution && { execution }),
    },
  };
  const again = annotationsOf({ root: rebuilt, strays: { files: files ?? [], executions } }, []);
  const isSame = isDeepStrictEqual(again, annotations[annotationField]);
  return isSame && filledFields(again) ? kept : null;
}

/** JSON of an object that goes on: `{` and its fields, each with a comma behind it. */
function objectStart(fields: Fields): string {
  const inside = JSON.stringify(fields).slice(1, -1);
  return inside === '' ? '{' : `{${inside},`;
}

/** JSON of a list, an item a line. */
function* list<T>(items: Iterable<T>, textOf: (item: T, index: number) => string): Generator<string, undefined> {
  yield '[';
  let index = 0;
  for (const item of items) yield `${index === 0 ? '' : ','}\n${textOf(item, index++)}`;
  yield index === 0 ? ']' : '\n]';
  return undefined;
}
