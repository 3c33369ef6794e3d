/**
 * Owns the cores, memory, GPUs and disk of a worker and what runs on them. Starts queued jobs as soon as they fit.
 *
 * S1  A transform that returns at once costs no timer, no promise and no folder.
 * S2  Every attempt ends in exactly one `ended` call, unless it was killed: then in none.
 * S3  An attempt that was told to stop and does not is given up after its grace time; its slot is free again and what it
 *     returns later is thrown away.
 * S4  The event loop is given back after 5 ms, so that heartbeats go out however short the jobs are.
 * S5  A job that would not end in the time that the worker has left goes back unstarted, charged to nobody.
 * S6  So does one that its transform finds this worker may not run now: its site's word came before, or after, the grant.
 * S7  A job that has files fetched holds its room meanwhile; it starts, and its walltime begins, when they are there.
 * S8  A log that is sent is sent when the attempt's room is free again and its time is over, and before its end is told;
 *     while many are on their way nothing starts.
 */
import type { FetchedFile } from '#contracts';
import { WorkerRoom } from '#core';
import { faultpoint } from '#faultpoint';
import {
  JobFailure,
  JobStopped,
  JobUnstarted,
  failureOf,
  paramsFault,
  type Isolation,
  type Outputs,
} from '#transform-sdk';
import { AttemptContext } from './attempt-context.js';
import type { AttemptLogs } from './attempt-logs.js';
import { failedAttempt, finishedAttempt, returnedAttempt, type EndedAttempt } from './ended-attempt.js';
import { GpuRack } from './gpu-rack.js';
import type { JobQueue } from './job-queue.js';
import { filesOf, type JobInputs } from './job-inputs.js';
import { paramsOf } from './job-params.js';
import { prefetchMs } from './lease-size.js';
import type { LeasedJob } from './leased-job.js';
import { OutputFiles } from './output-files.js';
import { endsInTime, type WorkerTime } from './time-left.js';
import type { WorkFolders } from './work-folders.js';
import type { WorkerLog } from './worker-log.js';

const turnMs = 5;
/** Jobs between two looks at the clock. */
const jobsPerLook = 32;
/** Between asking and ending a program at the end of its walltime. */
const walltimeGraceMs = 5_000;
const killGraceMs = 2_000;
/** On top of the grace time: what a transform may need to notice that its program has ended. */
const giveUpMs = 2_000;

/** Logs on their way at which nothing more is started: jobs that end faster than their logs are sent must not pile up. */
const sendingLogsMax = 64;

interface Running {
  readonly job: LeasedJob;
  readonly context: AttemptContext;
  startedAtMs: number;
  startedMs: number;
  /** Null: it runs. */
  endedMs: number | null;
  /** Expected to outlast the prefetch, or of unknown length: its room is not offered. */
  readonly long: boolean;
  killed: boolean;
  /** What it was told to stop for; null: it was not. */
  order: JobStopped | null;
  timer: NodeJS.Timeout | undefined;
}

/** What a worker has when it is empty. */
export interface WholeWorker {
  readonly cores: number;
  readonly memoryMib: number;
  /** Null: it hands out none. */
  readonly gpuIds: readonly string[] | null;
  /** Null: no bound. */
  readonly diskMib: number | null;
}

/** Why all that runs is ended. */
export interface Eviction {
  byOrder: boolean;
  message: string;
}

const usualEviction: Eviction = { byOrder: false, message: 'the worker was told to stop' };

export interface SlotsPorts {
  ended: (attempt: EndedAttempt) => void;
  /** Jobs went back since they would not end in time: asking for more at once would bring them again. */
  returned: () => void;
  time: WorkerTime;
  /** A slot became free and nothing queued fits in it, or the queue runs low. */
  hungry: () => void;
  /** How programs are kept apart now: the site may ask for more than the worker was told. */
  isolation: () => Isolation;
  inputs: Pick<JobInputs, 'place'>;
  logs: Pick<AttemptLogs, 'wants' | 'send'>;
}

export class Slots {
  /** What is free now. */
  readonly free: WorkerRoom;
  /** What is free within the prefetch: short jobs that run do not count. */
  readonly freeSoon: WorkerRoom;
  private readonly running = new Map<string, Running>();
  /** What there is when nothing runs. */
  readonly whole: WorkerRoom;
  private readonly gpus: GpuRack;
  private pumping = false;
  private startedJobs = 0;
  private sendingLogs = 0;

  constructor(
    whole: WholeWorker,
    private readonly queue: JobQueue,
    private readonly folders: WorkFolders,
    private readonly ports: SlotsPorts,
    private readonly log: WorkerLog,
  ) {
    this.gpus = new GpuRack(whole.gpuIds);
    this.whole = WorkerRoom.of({ ...whole, gpus: this.gpus.count });
    this.free = this.whole.copy();
    this.freeSoon = this.whole.copy();
  }

  /** Jobs that run now. */
  get runningCount(): number {
    return this.running.size;
  }

  /** Attempts that have ended, and are told when their logs are sent. */
  get sendingCount(): number {
    return this.sendingLogs;
  }

  /** Jobs started so far. */
  get started(): number {
    return this.startedJobs;
  }

  /** Starts what fits, in the next turn. */
  wake(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => this.pump());
  }

  /** Stops one attempt and reports nothing of it. @returns whether it runs; one that has ended is reported already */
  kill(job: LeasedJob): boolean {
    const running = this.running.get(job.key);
    if (running === undefined) return false;
    running.killed = true;
    this.stop(running, { reason: 'cancelled', message: 'cancelled', graceMs: killGraceMs });
    return true;
  }

  /** Ends all that runs; each is reported as failed, evicted. @returns how many ran */
  evictAll(graceMs: number, { byOrder, message }: Eviction = usualEviction): number {
    for (const running of this.running.values()) {
      this.stop(running, { reason: 'evicted', message, graceMs, byOrder });
    }
    return this.running.size;
  }

  private pump(): void {
    this.pumping = false;
    this.giveBackLate();
    if (this.sendingLogs >= sendingLogsMax) return; // S8
    const endMs = performance.now() + turnMs;
    for (let started = 1; ; started += 1) {
      const job = this.queue.takeFitting(this.free);
      if (job === undefined) break;
      this.start(job);
      if (started % jobsPerLook === 0 && performance.now() > endMs) {
        this.wake(); // S4
        break;
      }
    }
    this.ports.hungry();
  }

  /** S5 */
  private giveBackLate(): void {
    const { time } = this.ports;
    if (time.walltimeSec === null) return;
    const late = this.queue.removeTasks((task) => !endsInTime(task, time));
    if (late.length === 0) return;
    const nowMs = Date.now();
    for (const job of late) this.ports.ended(returnedAttempt(job, nowMs));
    this.ports.returned();
  }

  private start(job: LeasedJob): void {
    this.startedJobs += 1;
    const gpuIds = this.gpus.take(job.task.facts.resources.gpus);
    const context = new AttemptContext(job, this.folders, this.ports.isolation(), gpuIds);
    const begun = { job, context, startedAtMs: Date.now(), startedMs: performance.now(), endedMs: null };
    const files = filesOf(job);
    if (files !== null) return this.watch(begun, this.runWithFiles(begun, files));
    let result: ReturnType<typeof runTransform>;
    try {
      result = runTransform(job, context);
    } catch (thrown) {
      this.gpus.giveBack(context.gpuIds);
      return this.fail(begun, failureOf(thrown));
    }
    if (isPromise(result)) return this.watch(begun, result);
    this.gpus.giveBack(context.gpuIds);
    this.finish(begun, result ?? undefined); // S1
  }

  private watch(begun: Omit<Running, 'long' | 'killed' | 'order' | 'timer'>, result: Promise<Outputs | void>): void {
    const { resources } = begun.job.task.facts;
    const usualMs = begun.job.task.usual.ms;
    const running: Running = {
      ...begun,
      long: usualMs === null || usualMs > prefetchMs,
      killed: false,
      order: null,
      timer: undefined,
    };
    this.running.set(begun.job.key, running);
    faultpoint('worker.midRun');
    this.free.take(resources);
    if (running.long) this.freeSoon.take(resources);
    if (filesOf(begun.job) === null) this.armWalltime(running);
    result.then(
      (outputs) =>
        this.release(running) && this.withLog(running, null, () => this.finish(running, outputs ?? undefined)),
      (thrown: unknown) => {
        const failure = endOf(running, thrown);
        if (this.release(running)) this.withLog(running, failure, () => this.fail(running, failure));
      },
    );
  }

  /** S7 */
  private async runWithFiles(
    { job, context }: Pick<Running, 'job' | 'context'>,
    files: readonly FetchedFile[],
  ): Promise<Outputs | void> {
    await this.ports.inputs.place(job, files, await context.workFolder(), context.signal);
    context.signal.throwIfAborted();
    const running = this.running.get(job.key);
    if (running?.context === context) {
      running.startedAtMs = Date.now();
      running.startedMs = performance.now();
      this.armWalltime(running);
    }
    return runTransform(job, context);
  }

  private armWalltime(running: Running): void {
    const { walltimeSec } = running.job.task.facts.resources;
    if (walltimeSec === null) return;
    const message = `stopped at the end of its walltime of ${walltimeSec} s`;
    const order = { reason: 'timeout', message, graceMs: walltimeGraceMs } as const;
    running.timer = setTimeout(() => this.stop(running, order), Math.min(walltimeSec * 1_000, 2 ** 31 - 1));
  }

  private stop(running: Running, order: ConstructorParameters<typeof JobStopped>[0]): void {
    if (running.order !== null) return;
    const stopped = new JobStopped(order);
    running.order = stopped;
    clearTimeout(running.timer);
    running.context.stop(stopped);
    running.timer = setTimeout(() => this.giveUp(running, stopped), order.graceMs + giveUpMs);
  }

  /** S3 */
  private giveUp(running: Running, order: JobStopped): void {
    const { id, attempt, task } = running.job;
    this.log('error', 'attempt.given-up', { job: id, attempt, transform: task.facts.transform, reason: order.reason });
    if (this.release(running)) this.withLog(running, order, () => this.fail(running, order));
  }

  /** S8 @param failure null: it finished */
  private withLog({ job, context }: Running, failure: JobFailure | null, tell: () => void): void {
    const { logs } = this.ports;
    const { madeFolder } = context;
    if (madeFolder === undefined || failure instanceof JobUnstarted) return tell();
    if (!logs.wants(job, context.job, { finished: failure === null })) return tell();
    this.sendingLogs += 1;
    const sent = madeFolder.then((folder) => logs.send(job, folder));
    void sent
      .catch(() => undefined) // no folder, no log
      .then(() => {
        this.sendingLogs -= 1;
        this.wake();
        tell();
      });
  }

  /** @returns whether its end is to be reported: not when it was killed (S2) or given up before (S3) */
  private release(running: Running): boolean {
    clearTimeout(running.timer);
    if (this.running.get(running.job.key) !== running) return false;
    this.running.delete(running.job.key);
    running.endedMs = performance.now();
    this.gpus.giveBack(running.context.gpuIds);
    this.free.giveBack(running.job.task.facts.resources);
    if (running.long) this.freeSoon.giveBack(running.job.task.facts.resources);
    this.wake();
    if (running.killed) this.tidy(running, false);
    return !running.killed;
  }

  private finish(
    begun: Pick<Running, 'job' | 'context' | 'startedAtMs' | 'startedMs' | 'endedMs'>,
    outputs: Outputs | undefined,
  ): void {
    const { job, context, startedAtMs } = begun;
    const tookMs = (begun.endedMs ?? performance.now()) - begun.startedMs;
    const endedAtMs = startedAtMs + Math.round(tookMs);
    let ended: EndedAttempt;
    try {
      ended = finishedAttempt(job, { startedAtMs, endedAtMs, outputs, usage: context.usage });
    } catch (thrown) {
      return this.fail(begun, failureOf(thrown));
    }
    job.task.usual.took(tookMs);
    this.ports.ended(ended);
    this.tidy(begun, true);
  }

  private fail(
    begun: Pick<Running, 'job' | 'context' | 'startedAtMs' | 'startedMs' | 'endedMs'> & Partial<Pick<Running, 'order'>>,
    failure: JobFailure,
  ): void {
    const { job, context, startedAtMs, order } = begun;
    if (failure instanceof JobUnstarted) return this.giveBack(begun, failure); // S6
    const tookMs = (begun.endedMs ?? performance.now()) - begun.startedMs;
    job.task.usual.took(tookMs);
    const endedAtMs = startedAtMs + Math.round(tookMs);
    const byOrder = failure.reason === 'evicted' && order?.byOrder === true;
    this.ports.ended(failedAttempt(job, { startedAtMs, endedAtMs, failure, byOrder, usage: context.usage }));
    this.tidy(begun, false);
  }

  /** S6 */
  private giveBack(begun: Pick<Running, 'job' | 'context'>, { message }: JobUnstarted): void {
    this.log('warn', 'attempt.unstarted', { job: begun.job.id, attempt: begun.job.attempt, message });
    this.ports.ended(returnedAttempt(begun.job, Date.now()));
    this.ports.returned();
    this.tidy(begun, true); // what it has in its folder came from elsewhere
  }

  /** What cannot be removed costs disk, not the job. */
  private tidy({ context, job }: Pick<Running, 'context' | 'job'>, finished: boolean): void {
    if (context.madeFolder === undefined) return;
    context.madeFolder
      .then((folder) => this.folders.settle({ folder, finished, log: context.logLines }))
      .catch((fault: unknown) => this.log('warn', 'folder.not-tidied', { job: job.id, error: String(fault) }));
  }
}

/** What a transform threw; of one that was told to stop and gives no reason of its own, the order's. */
const endOf = ({ order }: Running, thrown: unknown): JobFailure =>
  order !== null && !saysWhy(thrown) ? order : failureOf(thrown);

/** A failure with a reason, also of another copy of the SDK. */
const saysWhy = (thrown: unknown): boolean => typeof thrown === 'object' && thrown !== null && 'reason' in thrown;

/**
 * @throws JobFailure reason `site` when this worker cannot run it at all, `rejected` when its params do not fit, or its
 *   outputs may not lie where they are to
 */
function runTransform(job: LeasedJob, context: AttemptContext): Outputs | void | Promise<Outputs | void> {
  const { transform, facts } = job.task;
  if (transform === null) {
    throw new JobFailure({ reason: 'site', message: `this worker does not offer transform ${facts.transform}` });
  }
  const params = transform.params.safeParse(paramsOf(facts.params, job.spec.params, context.job));
  if (!params.success) throw paramsFault(transform.name, params.error);
  const files = OutputFiles.of(job);
  if (files === null) return transform.run(params.data, context);
  return files.around(
    () => transform.run(params.data, context),
    () => context.workerIsolation.binds,
  );
}

const isPromise = (result: Outputs | void | Promise<Outputs | void>): result is Promise<Outputs | void> =>
  typeof result === 'object' && typeof result.then === 'function';
