import type { CommandSpec, FileUse, Resources } from '#contracts';
import type { Isolation, JobFacts, JobStopped, TransformContext, Usage } from '#transform-sdk';
import type { LeasedJob } from './leased-job.js';
import { confinedTo } from './output-folder.js';
import type { WorkFolders } from './work-folders.js';

const noVars: Readonly<Record<string, string>> = Object.freeze({});
const noFiles: readonly FileUse[] = Object.freeze([]);
/** Log lines kept of one attempt; the rest is only counted. */
const logLinesMax = 10_000;
/** A transform that was busy for so long gives way when it offers to. */
const busyMs = 10;

/** The world as one attempt sees it. Whatever costs something is made when it is asked for first: most jobs are short. */
export class AttemptContext implements TransformContext {
  /** What the transform said it used; undefined while it said nothing. */
  usage: Usage | undefined;
  readonly logLines: string[] = [];
  private abort: AbortController | undefined;
  private stopOrder: JobStopped | undefined;
  private folder: Promise<string> | undefined;
  private facts: JobFacts | undefined;
  private confined: Isolation | undefined;
  private busySinceMs = 0;

  constructor(
    private readonly leased: LeasedJob,
    private readonly folders: WorkFolders,
    /** As the worker has it: programs of some spaces see less of it. */
    readonly workerIsolation: Isolation,
    readonly gpuIds: readonly string[] | null,
  ) {}

  get signal(): AbortSignal {
    if (this.abort === undefined) {
      this.abort = new AbortController();
      if (this.stopOrder !== undefined) this.abort.abort(this.stopOrder);
    }
    return this.abort.signal;
  }

  get isolation(): Isolation {
    const { outputPrefix, command } = this.leased.task.facts;
    if (outputPrefix === undefined || command === null) return this.workerIsolation;
    return (this.confined ??= confinedTo(outputPrefix, this.workerIsolation));
  }

  get job(): JobFacts {
    const { spec, task, attempt } = this.leased;
    this.facts ??= {
      name: spec.name,
      label: task.facts.label,
      workflow: task.facts.workflow,
      attempt,
      ordinal: spec.ordinal,
      vars: spec.vars ?? noVars,
    };
    return this.facts;
  }

  get command(): CommandSpec | null {
    return this.leased.task.facts.command;
  }

  get env(): Readonly<Record<string, string>> {
    return this.leased.task.facts.env;
  }

  get inputs(): readonly FileUse[] {
    return this.leased.spec.inputs ?? noFiles;
  }

  get outputs(): readonly FileUse[] {
    return this.leased.spec.outputs ?? noFiles;
  }

  get resources(): Resources {
    return this.leased.task.facts.resources;
  }

  /** The folder, if the transform asked for one. */
  get madeFolder(): Promise<string> | undefined {
    return this.folder;
  }

  readonly log = (message: string, facts?: Readonly<Record<string, unknown>>): void => {
    if (this.logLines.length >= logLinesMax) return;
    const tail = facts === undefined ? '' : ` ${JSON.stringify(facts)}`;
    this.logLines.push(`${new Date().toISOString()} ${message}${tail}`);
  };

  workFolder(): Promise<string> {
    this.folder ??= this.folders.make(this.leased);
    return this.folder;
  }

  record(usage: Usage): void {
    this.usage = { ...this.usage, ...usage };
  }

  async giveWay(): Promise<void> {
    if (this.stopOrder !== undefined) throw this.stopOrder;
    const nowMs = performance.now();
    if (nowMs - this.busySinceMs < busyMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.busySinceMs = performance.now();
    this.signal.throwIfAborted();
  }

  /** The first order stands. */
  stop(order: JobStopped): void {
    this.stopOrder ??= order;
    this.abort?.abort(this.stopOrder);
  }
}
