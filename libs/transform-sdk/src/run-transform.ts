import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Resources,
  fillPlaceholdersWithin,
  placeholderValues,
  type CommandSpec,
  type FailReason,
  type FileUse,
} from '#contracts';
import { failureOf, paramsFault } from './failure-of.js';
import { noIsolation, type Isolation } from './isolation.js';
import { JobStopped } from './job-failure.js';
import { transformOf, type Outputs, type TransformDefinition } from './transform.js';
import type { JobFacts, TransformContext, Usage } from './transform-context.js';

/** What one attempt of a test is made of. Everything has a default. */
export interface TrialRun {
  params?: unknown;
  job?: Partial<JobFacts>;
  command?: CommandSpec;
  env?: Record<string, string>;
  inputs?: FileUse[];
  outputs?: FileUse[];
  resources?: Partial<Resources>;
  gpuIds?: string[];
  isolation?: Isolation;
  /** Stop the attempt this way after so many milliseconds. */
  stop?: { afterMs: number; reason: 'timeout' | 'cancelled' | 'evicted'; graceMs?: number };
  /** Where the work folder is made; default: the system's folder for temporary files. */
  folder?: string;
}

/** How a trial ended, as the worker would report it. */
export interface Trial {
  outcome: 'finished' | 'failed';
  outputs: Outputs | undefined;
  reason: FailReason | undefined;
  message: string | undefined;
  usage: Usage;
  logs: string[];
  /** Null when the transform never asked for one. The test removes it. */
  workFolder: string | null;
}

/**
 * Runs one attempt of a transform in this process, with the rules of the worker: params are checked, what is thrown
 * becomes a failure. For tests of transforms.
 * @throws TypeError when `transform` is none.
 */
export async function runTransform(transform: unknown, trial: TrialRun = {}): Promise<Trial> {
  const definition = transformOf(transform);
  if (definition === null)
    throw new TypeError('not a transform: decorate the class with @Transform, or use defineTransform');
  const context = new TrialContext(trial);
  const stop = context.armStop();
  try {
    const outputs =
      (await definition.run(checkedParams(definition, filledParams(trial.params, context.job)), context)) ?? undefined;
    return { outcome: 'finished', outputs, reason: undefined, message: undefined, ...context.seen() };
  } catch (thrown) {
    const { reason, message, exitCode, signal } = failureOf(thrown);
    context.record({ exitCode, signal });
    return { outcome: 'failed', outputs: undefined, reason, message, ...context.seen() };
  } finally {
    clearTimeout(stop);
  }
}

/** As the worker does: texts in params may hold the job's placeholders. */
const filledParams = (params: unknown, job: JobFacts): unknown =>
  fillPlaceholdersWithin(params, placeholderValues(job));

function checkedParams(definition: TransformDefinition, params: unknown): unknown {
  const checked = definition.params.safeParse(params ?? {});
  if (!checked.success) throw paramsFault(definition.name, checked.error);
  return checked.data;
}

class TrialContext implements TransformContext {
  readonly job: JobFacts;
  readonly command: CommandSpec | null;
  readonly env: Record<string, string>;
  readonly inputs: FileUse[];
  readonly outputs: FileUse[];
  readonly resources: Resources;
  readonly gpuIds: readonly string[] | null;
  readonly isolation: Isolation;
  private readonly abort = new AbortController();
  private readonly logs: string[] = [];
  private readonly usage: Usage = {};
  private folder: string | null = null;

  constructor(private readonly trial: TrialRun) {
    this.job = {
      name: 'trial',
      label: 'trial',
      workflow: 'w-aaaaaaaaaa',
      attempt: 1,
      ordinal: 0,
      vars: {},
      ...trial.job,
    };
    this.command = trial.command ?? null;
    this.env = trial.env ?? {};
    this.inputs = trial.inputs ?? [];
    this.outputs = trial.outputs ?? [];
    this.resources = Resources.parse(trial.resources ?? {});
    this.gpuIds = trial.gpuIds ?? null;
    this.isolation = trial.isolation ?? noIsolation;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  readonly log = (message: string, facts?: Readonly<Record<string, unknown>>): void => {
    this.logs.push(facts === undefined ? message : `${message} ${JSON.stringify(facts)}`);
  };

  async workFolder(): Promise<string> {
    this.folder ??= await mkdtemp(join(this.trial.folder ?? tmpdir(), 'sluice-trial-'));
    return this.folder;
  }

  record(usage: Usage): void {
    Object.assign(this.usage, Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined)));
  }

  async giveWay(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.signal.throwIfAborted();
  }

  armStop(): NodeJS.Timeout | undefined {
    const { stop } = this.trial;
    if (stop === undefined) return undefined;
    const order = new JobStopped({
      reason: stop.reason,
      message: `stopped: ${stop.reason}`,
      graceMs: stop.graceMs ?? 1_000,
    });
    return setTimeout(() => this.abort.abort(order), stop.afterMs);
  }

  seen(): { usage: Usage; logs: string[]; workFolder: string | null } {
    return { usage: this.usage, logs: this.logs, workFolder: this.folder };
  }
}
