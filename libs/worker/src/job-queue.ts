/**
 * Owns the leased jobs that have not started, and which of them starts next.
 *
 * Q1  Jobs are taken by best fit among the sizes at the front of the queue, so that cores and memory run out together.
 * Q2  The first job may be overtaken by a bounded number of jobs, and by a bounded time of the worker's whole work. Then
 *     it is held for: nothing else starts until there is room for it. A wide job does not starve.
 * Q3  Jobs of one size that came one after the other are one run: what a look costs depends on runs, not on jobs.
 */
import { bestFit, type WorkerRoom } from '#core';
import { prefetchMs } from './lease-size.js';
import type { LeasedJob, LeasedTask } from './leased-job.js';

/** Runs that best fit looks at. */
const lookAheadMax = 32;
const overtakingJobsMax = 256;
/** The work that may overtake the first job, as a time of the whole worker: about what one that does not fit waits for. */
const overtakingMsMax = 60_000;

interface Run {
  readonly task: LeasedTask;
  jobs: LeasedJob[];
  /** Jobs before this one are taken. */
  first: number;
}

/** Leased jobs that have not started, in the order in which they came. */
export class JobQueue {
  private runs: Run[] = [];
  private jobs = 0;
  private overtakingJobs = 0;
  /** Core milliseconds. */
  private overtakingMs = 0;

  /** @param whole what the worker has when it is empty */
  constructor(private readonly whole: WorkerRoom) {}

  get length(): number {
    return this.jobs;
  }

  /** Whether nothing may start before the first job. @see Q2 */
  get held(): boolean {
    return this.overtakingJobs >= overtakingJobsMax || this.overtakingMs >= overtakingMsMax * this.whole.cores;
  }

  push(job: LeasedJob): void {
    const last = this.runs.at(-1);
    if (last !== undefined && isAlike(last.task, job.task)) last.jobs.push(job);
    else this.runs.push({ task: job.task, jobs: [job], first: 0 });
    this.jobs += 1;
  }

  /** @returns the job that fits best in `free`, taken out; undefined when none may start now */
  takeFitting(free: WorkerRoom): LeasedJob | undefined {
    const only = this.runs.length === 1 || this.held ? this.runs[0] : undefined;
    if (only !== undefined && !free.fits(sizeOf(only))) return undefined;
    const at = only !== undefined ? 0 : bestFit(free, this.whole, this.runs.slice(0, lookAheadMax).map(sizeOf));
    const run = this.runs[at];
    if (run === undefined) return undefined;
    this.countOvertaking(at, run.task);
    return this.takeFrom(at, run);
  }

  /** Takes what all queued jobs need off a room, whether they fit or not. */
  takeAllOff(room: WorkerRoom): void {
    for (const run of this.runs) room.take(sizeOf(run), run.jobs.length - run.first);
  }

  /** @returns whether it was queued */
  remove(job: LeasedJob): boolean {
    return this.removeAll((queued) => queued === job).length > 0;
  }

  /** Takes out all that `chosen` says yes to. */
  removeAll(chosen: (job: LeasedJob) => boolean): LeasedJob[] {
    const waiting = this.runs.flatMap((run) => run.jobs.slice(run.first));
    const taken = waiting.filter(chosen);
    if (taken.length === 0) return taken;
    const first = waiting[0];
    this.runs = [];
    this.jobs = 0;
    for (const job of waiting) if (!chosen(job)) this.push(job);
    if (taken[0] === first) this.forgetOvertaking();
    return taken;
  }

  /** Takes out all jobs of the tasks that `chosen` says yes to: asked once for each run. */
  removeTasks(chosen: (task: LeasedTask) => boolean): LeasedJob[] {
    const gone = this.runs.filter(({ task }) => chosen(task));
    if (gone.length === 0) return [];
    if (gone[0] === this.runs[0]) this.forgetOvertaking();
    this.runs = this.runs.filter((run) => !gone.includes(run));
    const jobs = gone.flatMap((run) => run.jobs.slice(run.first));
    this.jobs -= jobs.length;
    return jobs;
  }

  private takeFrom(at: number, run: Run): LeasedJob | undefined {
    const job = run.jobs[run.first++];
    this.jobs -= 1;
    if (run.first === run.jobs.length) this.runs.splice(at, 1);
    else if (run.first > 1_024 && run.first * 2 > run.jobs.length) compact(run);
    return job;
  }

  private countOvertaking(at: number, { facts, usual }: LeasedTask): void {
    if (at === 0) return this.forgetOvertaking();
    this.overtakingJobs += 1;
    this.overtakingMs += facts.resources.cores * (usual.ms ?? prefetchMs);
  }

  private forgetOvertaking(): void {
    this.overtakingJobs = 0;
    this.overtakingMs = 0;
  }
}

const sizeOf = (run: Run) => run.task.facts.resources;

/** Of the same size and known to take the same time. The same task of another lease is another object. */
function isAlike(one: LeasedTask, other: LeasedTask): boolean {
  const [a, b] = [one.facts.resources, other.facts.resources];
  return (
    one === other ||
    (one.usual === other.usual &&
      a.cores === b.cores &&
      a.memoryMib === b.memoryMib &&
      a.gpus === b.gpus &&
      a.diskMib === b.diskMib &&
      a.walltimeSec === b.walltimeSec)
  );
}

/** Forgets taken jobs once they are most of the run: shifting at every take would cost its whole length. */
function compact(run: Run): void {
  run.jobs = run.jobs.slice(run.first);
  run.first = 0;
}
