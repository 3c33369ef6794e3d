/**
 * What a workflow must do, said as plainly as possible: rules over whole graphs, nothing counted down, nothing cached.
 * Owns no clock, store or wire; the engine is compared with it job by job.
 *
 * M1  A waiting job fails (parent_failed) once a success parent has failed; it is ready once each success parent has
 *     finished and each ended parent has ended. A barrier finishes instead of becoming ready.
 * M2  The final job waits until nothing else is open. It runs if `always`, or if nothing failed; else it fails
 *     (parent_failed). A cancel ends one that is not `always`.
 * M3  An event counts if it is about the attempt that is leased, under its lease and token. The first one counts. So does
 *     one about an attempt of this run that was given up as lost, while its job waits to be granted anew: that it was
 *     given up and charged is taken back.
 * M4  A failed attempt is charged to one of two budgets; the job fails for good when that one is used up.
 *     Memory of a job that ran out of it grows as its task says, and stays with it.
 * M5  A cancel stops leasing at once, and ends what is open when its command is carried out.
 * M6  With failFast a failure for good cancels, and the workflow ends `failed`.
 * M7  A retry reopens an ended workflow. See `retry`.
 * M8  While a workflow is paused nothing of it is leased and no back-off of it passes; everything else goes on: what is
 *     leased ends and releases, a last job ends it. A cancel ends the pause; one that is to be cancelled is not paused.
 */
import { decideAttempt, type MemoryPolicy, type ReasonWord, type RetryRule } from '#core';

export interface ModelTask {
  retries: number;
  infraRetries: number;
  backoffSec: number;
  rules: readonly RetryRule[];
  memory: MemoryPolicy;
}

export interface ModelShape {
  kind: 'job' | 'barrier' | 'final';
  task: number;
  /** Positions of parents that must finish. */
  success: readonly number[];
  /** Positions of parents that must only end. */
  ended: readonly number[];
}

export type ModelState = 'waiting' | 'ready' | 'leased' | 'finished' | 'failed';

export interface ModelJob extends ModelShape {
  state: ModelState;
  reason: ReasonWord | null;
  attempt: number;
  runNo: number;
  tries: number;
  infra: number;
  /** Waits for its back-off; counts as ready. */
  held: boolean;
  /** What it is allowed, in MiB. */
  memoryMib: number;
  lease: { id: string; token: string } | null;
  /** Of the final job: it does not wait for the others any more. */
  released: boolean;
}

export interface ModelEnd {
  outcome: 'finished' | 'failed' | 'returned';
  reason?: ReasonWord | undefined;
  exitCode?: number | undefined;
  peakMemoryMib?: number | undefined;
}

export interface ModelEvent extends ModelEnd {
  ordinal: number;
  attempt: number;
  lease: { id: string; token: string };
}

export interface ModelOptions {
  jobs: readonly ModelShape[];
  tasks: readonly ModelTask[];
  finalWhen: 'always' | 'success' | null;
  failFast: boolean;
}

export class DagModel {
  readonly jobs: ModelJob[];
  state: 'running' | 'paused' | 'done' | 'partial' | 'failed' | 'cancelled' = 'running';
  runNo = 1;
  cancelRequested = false;
  /** Ended attempts, as `ordinal/attempt`: how each went, under which lease, and whether a cancel ended it. */
  private readonly past = new Map<string, ModelEvent & { runNo: number; byUser: boolean }>();

  constructor(private readonly options: ModelOptions) {
    this.jobs = options.jobs.map((shape) => {
      const memoryMib = options.tasks[shape.task]?.memory.askedMib ?? 0;
      return { ...shape, ...fresh, attempt: 0, runNo: 1, lease: null, memoryMib };
    });
    this.propagate();
  }

  /** May a worker get it now? */
  mayLease(ordinal: number): boolean {
    const job = this.job(ordinal);
    const free = job.state === 'ready' && !job.held && this.state !== 'paused';
    return free && (!this.cancelRequested || this.runsAlways(job));
  }

  lease(ordinal: number, lease: { id: string; token: string }): number {
    const job = this.job(ordinal);
    if (!this.mayLease(ordinal)) throw new Error(`job ${ordinal} was leased while ${job.state}`);
    job.state = 'leased';
    job.attempt += 1;
    job.lease = lease;
    return job.attempt;
  }

  /** @see M3 M4 */
  settle(event: ModelEvent): 'applied' | 'duplicate' | 'stale' {
    const job = this.jobs[event.ordinal];
    if (job && this.wasGivenUp(job, event)) Object.assign(job, { state: 'leased', held: false, infra: job.infra - 1 });
    const current = job?.state === 'leased' && job.attempt === event.attempt && isSame(job.lease, event.lease);
    if (!job || !current) return this.isDuplicate(event) ? 'duplicate' : 'stale';
    this.past.set(`${event.ordinal}/${event.attempt}`, { ...event, runNo: job.runNo, byUser: false });
    if (event.outcome === 'finished') job.state = 'finished';
    else if (event.outcome === 'returned') job.state = 'ready';
    else this.fail(job, event);
    this.propagate();
    return 'applied';
  }

  passBackOffs(): void {
    if (this.state === 'paused') return;
    for (const job of this.jobs) job.held = false;
  }

  requestCancel(): void {
    if (!this.isOpen) return;
    this.cancelRequested = true;
    this.state = 'running';
  }

  /** @see M8 */
  pause(): void {
    if (this.state === 'running' && !this.cancelRequested) this.state = 'paused';
  }

  resume(): void {
    if (this.state === 'paused') this.state = 'running';
  }

  get isOpen(): boolean {
    return this.state === 'running' || this.state === 'paused';
  }

  /** The cancel's command is carried out. @see M5 */
  carryOutCancel(): void {
    if (!this.cancelRequested) return;
    for (const job of this.jobs) {
      if (isEnded(job) || this.runsAlways(job)) continue;
      if (job.state === 'leased' && job.lease) {
        const { lease, attempt } = job;
        const ordinal = this.jobs.indexOf(job);
        const cancelled = { outcome: 'failed', reason: 'cancelled', runNo: job.runNo, byUser: true } as const;
        this.past.set(`${ordinal}/${attempt}`, { ordinal, attempt, lease, ...cancelled });
      }
      Object.assign(job, { state: 'failed', reason: 'cancelled', held: false });
    }
    this.propagate();
  }

  /**
   * Opens the next run of an ended workflow. What runs again:
   * - chosen failed jobs, unless a success parent failed and does not run again;
   * - pruned jobs all of whose failed success parents run again;
   * - `on: ended` children, ended by themselves, of what runs again, and theirs in turn: they run whenever a parent
   *   ends; a barrier that runs again hands this on over its success edges too, since it only stands for edges;
   * - the final job.
   * @returns how many were chosen and run, or null: refused.
   */
  retry(chosen: (ordinal: number) => boolean): number | null {
    if (this.isOpen) return null;
    const failedItself = this.ordinals((job) => job.state === 'failed' && job.reason !== 'parent_failed');
    const wanted = new Set(failedItself.filter(chosen));
    const again = new Set<number>();
    let runs = this.running(wanted, again);
    for (let size = -1; size !== again.size;) {
      size = again.size;
      for (const no of this.ordinals((job) => isEnded(job) && job.reason !== 'parent_failed')) {
        if (this.runsAfterAnother(no, runs, again)) again.add(no);
      }
      runs = this.running(wanted, again);
    }
    const retried = [...runs].filter((no) => wanted.has(no)).length;
    if (retried === 0) return null;
    this.runNo += 1;
    this.state = 'running';
    this.cancelRequested = false;
    const final = this.ordinals((job) => job.kind === 'final');
    for (const no of [...runs, ...final]) Object.assign(this.job(no), fresh, { runNo: this.runNo });
    this.propagate();
    return retried;
  }

  /** Jobs that were allowed more than their task asks for. */
  get grownJobs(): number {
    return this.jobs.filter((job) => job.memoryMib > (this.options.tasks[job.task]?.memory.askedMib ?? 0)).length;
  }

  /** Number of unmet edges. */
  parentsLeft(ordinal: number): number {
    const job = this.job(ordinal);
    if (job.kind === 'final') return job.released ? 0 : 1;
    const unfinished = job.success.filter((parent) => this.job(parent).state !== 'finished');
    return unfinished.length + job.ended.filter((parent) => !isEnded(this.job(parent))).length;
  }

  /** Also once a cancel was asked for. */
  runsAlways(job: ModelJob): boolean {
    return job.kind === 'final' && this.options.finalWhen === 'always';
  }

  private job(ordinal: number): ModelJob {
    const job = this.jobs[ordinal];
    if (!job) throw new Error(`there is no job ${ordinal}`);
    return job;
  }

  private ordinals(which: (job: ModelJob, ordinal: number) => boolean): number[] {
    return this.jobs.flatMap((job, ordinal) => (which(job, ordinal) ? [ordinal] : []));
  }

  /** Is this the end of an attempt that was only thought to be lost? @see M3 */
  private wasGivenUp(job: ModelJob, { ordinal, attempt, lease, reason }: ModelEvent): boolean {
    const past = this.past.get(`${ordinal}/${attempt}`);
    const lost = past?.reason === 'lost' && past.runNo === job.runNo && isSame(past.lease, lease);
    return lost && reason !== 'lost' && job.state === 'ready' && job.attempt === attempt;
  }

  /** The first end that a worker tells of an attempt stands: any other is a duplicate. Of a loss only a loss is. */
  private isDuplicate({ ordinal, attempt, lease, reason }: ModelEvent): boolean {
    const past = this.past.get(`${ordinal}/${attempt}`);
    if (past === undefined || !isSame(past.lease, lease) || past.byUser) return false;
    return (past.reason === 'lost') === (reason === 'lost');
  }

  private fail(job: ModelJob, { reason = 'error', exitCode, peakMemoryMib }: ModelEvent): void {
    const task = this.options.tasks[job.task];
    if (!task) throw new Error(`there is no task ${job.task}`);
    const seen = { exitCode: exitCode ?? null, signal: null, message: null, peakMib: peakMemoryMib ?? null };
    const attempt = { name: 'of the model', reason, allowedMib: job.memoryMib, ...seen };
    const decision = decideAttempt(attempt, task, job);
    job.tries += decision.tries;
    job.infra += decision.infra;
    if (decision.then === 'retry') {
      const memoryMib = decision.memoryMib ?? job.memoryMib;
      Object.assign(job, { state: 'ready', held: decision.delaySec > 0, memoryMib });
    } else {
      Object.assign(job, { state: 'failed', reason });
      if (this.options.failFast) this.requestCancel();
    }
  }

  /** @see M1 M2 */
  private propagate(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const job of this.jobs) {
        if (job.state !== 'waiting') continue;
        if (job.kind === 'final') changed = this.tryFinal(job) || changed;
        else changed = this.tryJob(job) || changed;
      }
    }
    if (this.isOpen && this.jobs.every(isEnded)) this.state = this.endState();
  }

  private tryJob(job: ModelJob): boolean {
    const parents = job.success.map((parent) => this.job(parent));
    if (parents.some((parent) => parent.state === 'failed')) {
      Object.assign(job, { state: 'failed', reason: 'parent_failed' });
    } else if (this.parentsLeft(this.jobs.indexOf(job)) === 0) {
      job.state = job.kind === 'barrier' ? 'finished' : 'ready';
    }
    return job.state !== 'waiting';
  }

  private tryFinal(final: ModelJob): boolean {
    if (!this.jobs.every((job) => job === final || isEnded(job))) return false;
    const always = this.options.finalWhen === 'always';
    if (this.cancelRequested && !always) return false;
    final.released = true;
    if (always || !this.jobs.some((job) => job.state === 'failed')) final.state = 'ready';
    else Object.assign(final, { state: 'failed', reason: 'parent_failed' });
    return true;
  }

  private endState(): DagModel['state'] {
    const failed = this.jobs.filter((job) => job.state === 'failed');
    const cancelled = failed.filter((job) => job.reason === 'cancelled');
    if (failed.length === 0) return 'done';
    if (this.options.failFast && failed.length > cancelled.length) return 'failed';
    if (this.cancelRequested && cancelled.length > 0) return 'cancelled';
    return failed.length === this.jobs.length ? 'failed' : 'partial';
  }

  private runsAfterAnother(no: number, runs: Set<number>, again: Set<number>): boolean {
    const { success, ended } = this.job(no);
    return (
      ended.some((parent) => runs.has(parent)) ||
      success.some((parent) => again.has(parent) && this.job(parent).kind === 'barrier')
    );
  }

  /** `again`, the wanted and the pruned jobs whose failed success parents all run. */
  private running(wanted: Set<number>, again: Set<number>): Set<number> {
    const runs = new Set(again);
    for (let size = -1; size !== runs.size;) {
      size = runs.size;
      for (const no of this.ordinals((job, at) => wanted.has(at) || isPruned(job))) {
        if (this.parentsRun(no, runs) && (wanted.has(no) || this.failedParents(no).length > 0)) runs.add(no);
      }
    }
    return runs;
  }

  private parentsRun(no: number, runs: Set<number>): boolean {
    return this.failedParents(no).every((parent) => runs.has(parent));
  }

  private failedParents(no: number): number[] {
    return this.job(no).success.filter((parent) => this.job(parent).state === 'failed');
  }
}

const fresh = {
  state: 'waiting',
  reason: null,
  tries: 0,
  infra: 0,
  held: false,
  released: false,
} as const;

const isPruned = (job: ModelJob): boolean => job.reason === 'parent_failed' && job.kind !== 'final';

const isEnded = (job: ModelJob): boolean => job.state === 'finished' || job.state === 'failed';

const isSame = (a: { id: string; token: string } | null, b: { id: string; token: string }): boolean =>
  a?.id === b.id && a.token === b.token;
