/**
 * Owns what a workflow does, whatever happens to it: rules over the whole graph, nothing counted down, nothing cached. What
 * production does in SQL, in bulk and with counters, is held to this by the random histories of test/model.
 *
 * M1  A waiting job is pruned once a success parent has failed; it is freed once each success parent has finished and each
 *     ended parent has ended.
 * M2  The final job waits until nothing else is open. @see fateOfFinal
 * M3  Which word about an attempt counts: judge-end.ts. That one given up was charged is taken back with its loss.
 * M4  A failed attempt is charged to one of two budgets; what follows is decideAttempt()'s to say.
 * M5  A cancel stops grants and back-offs at once and ends every pause; what is open ends when it is carried out.
 * M6  With failFast a failure for good asks for the cancel.
 * M7  A user's retry opens the next run of an ended workflow, under no pause and no cancel. @see chooseAgain
 * M8  While a workflow, a task or a job is paused nothing of it is granted and no back-off of it passes; all else goes on.
 */
import type { ReasonWord } from '../codes.js';
import { decideAttempt } from '../job/decide-attempt.js';
import { endState } from '../workflow/end-state.js';
import { chooseAgain } from './choose-again.js';
import {
  eventOfDecision,
  hasEnded,
  jobAfter,
  type JobEvent,
  type JobPlace,
  type JobRefusal,
} from './job-transition.js';
import { judgeEnd, type EndVerdict, type KnownEnd, type LeaseKey } from './judge-end.js';
import {
  freshJob,
  type MachineEvent,
  type MachineJob,
  type MachineShape,
  type MachineTask,
  type Told,
} from './machine-job.js';
import {
  fateOfFinal,
  isOpenWorkflow,
  takesJobOrders,
  workflowAfter,
  workflowEnd,
  type WorkflowEnd,
  type WorkflowEvent,
  type WorkflowPlace,
} from './workflow-transition.js';

export interface MachineOptions {
  /** In the order of the document; the final job comes last. */
  jobs: readonly MachineShape[];
  tasks: readonly MachineTask[];
  finalWhen: 'always' | 'success' | null;
  failFast: boolean;
}

/** Why no attempt begins. */
export type GrantRefusal = JobRefusal | 'paused' | 'to-be-cancelled';

export class WorkflowMachine {
  readonly jobs: MachineJob[];
  state: WorkflowPlace = 'running';
  runNo = 1;
  cancelRequested = false;
  /** All that was told, in no order. */
  readonly told: Told[] = [];
  private readonly children: number[][];
  private readonly pausedTasks = new Set<number>();
  /** Ended attempts, as `ordinal/attempt`. */
  private readonly known = new Map<string, KnownEnd>();

  constructor(private readonly options: MachineOptions) {
    this.jobs = options.jobs.map((shape) => {
      const memoryMib = options.tasks[shape.task]?.memory.askedMib ?? 0;
      return { ...shape, ...freshJob, attempt: 0, runNo: 1, lease: null, memoryMib };
    });
    this.children = this.jobs.map(() => []);
    this.jobs.forEach(({ success, ended }, child) => {
      for (const parent of [...success, ...ended]) this.children[parent]?.push(child);
    });
    this.wake();
  }

  /** @returns the attempt that begins, or why none does. */
  grant(ordinal: number, lease: LeaseKey): { attempt: number } | { refused: GrantRefusal } {
    const job = this.job(ordinal);
    const step = this.grantStep(job);
    if ('refused' in step) return step;
    Object.assign(job, { place: step.place, attempt: job.attempt + 1, lease });
    return { attempt: job.attempt };
  }

  /** May it be granted now? */
  isGrantable(ordinal: number): boolean {
    return 'place' in this.grantStep(this.job(ordinal));
  }

  /** @see M3 */
  settle(event: MachineEvent): EndVerdict {
    const job = this.jobs[event.ordinal];
    const key = `${event.ordinal}/${event.attempt}`;
    const reason = event.outcome === 'failed' ? (event.reason ?? 'error') : null;
    const said = { attempt: event.attempt, lease: event.lease, reason };
    const verdict = judgeEnd(said, job, this.known.get(key));
    if (!job || verdict === 'duplicate' || verdict === 'stale') return verdict;
    if (verdict === 'late') {
      this.move(job, 'takenBack');
      job.infra -= 1;
    }
    this.known.set(key, { ...said, runNo: job.runNo, byUser: false });
    if (reason === null) this.end(event.ordinal, event.outcome === 'finished' ? 'finished' : 'returned', null);
    else this.fail(event, reason);
    if (hasEnded(job.place)) this.spread([event.ordinal]);
    return verdict;
  }

  passBackOffs(): void {
    for (const job of this.jobs) if (job.place === 'held' && !this.isPaused(job)) this.move(job, 'backOffOver');
  }

  /** @see M5 @returns whether it changed anything. */
  requestCancel(): boolean {
    if (!this.order('cancelAsked')) return false;
    this.cancelRequested = true;
    this.endPauses();
    for (const job of this.jobs) if (job.place === 'held' && !this.runsAlways(job)) this.move(job, 'backOffOver');
    return true;
  }

  /** The cancel's command is carried out. @see M5 */
  carryOutCancel(): void {
    if (!this.cancelRequested) return;
    this.cancel(this.ordinals((job) => !hasEnded(job.place) && !this.runsAlways(job)));
  }

  /** Ends open jobs by themselves; the workflow goes on. @returns how many. */
  cancelJobs(chosen: readonly number[]): number {
    if (!takesJobOrders(this)) return 0;
    const jobs = chosen.filter((ordinal) => this.isChoosable(ordinal));
    this.cancel(jobs);
    return jobs.length;
  }

  /** @returns whether it changed anything. */
  pause(): boolean {
    return this.order('paused');
  }

  resume(): boolean {
    return this.order('resumed');
  }

  /** @returns whether it changed anything. */
  pauseTask(task: number): boolean {
    if (!takesJobOrders(this) || this.pausedTasks.has(task) || !this.isOpenTask(task)) return false;
    this.pausedTasks.add(task);
    return true;
  }

  resumeTask(task: number): boolean {
    return this.pausedTasks.delete(task);
  }

  /** @returns how many were paused by themselves, or are not any more. */
  pauseJobs(chosen: readonly number[], { paused }: { paused: boolean }): number {
    if (!takesJobOrders(this)) return 0;
    const jobs = chosen.filter((ordinal) => this.isChoosable(ordinal) && this.job(ordinal).paused !== paused);
    for (const ordinal of jobs) this.job(ordinal).paused = paused;
    return jobs.length;
  }

  /** Takes back every pause: its own, those of its tasks and of its jobs. @returns whether there was one. */
  resumeAll(): boolean {
    const some = this.pausedTasks.size > 0 || this.jobs.some((job) => job.paused);
    this.endPauses();
    return this.resume() || some;
  }

  /** @see M7 @returns how many were chosen and run, or null: refused. */
  retry(chosen: (ordinal: number) => boolean): number | null {
    const step = workflowAfter('reopened', this);
    if ('refused' in step) return null;
    const failedItself = this.ordinals((job) => job.place === 'failed' && job.reason !== 'parent_failed');
    const wanted = new Set(failedItself.filter(chosen));
    const runs = chooseAgain(this.jobs, wanted);
    const retried = [...runs].filter((ordinal) => wanted.has(ordinal)).length;
    if (retried === 0) return null;
    this.runNo += 1;
    Object.assign(this, { state: step.state, cancelRequested: false });
    this.endPauses();
    const final = this.ordinals((job) => job.kind === 'final');
    for (const ordinal of new Set([...runs, ...final])) {
      const job = this.job(ordinal);
      this.move(job, 'reopened');
      Object.assign(job, { ...freshJob, runNo: this.runNo });
    }
    this.told.push({ what: 'reopened', runNo: this.runNo });
    this.wake();
    return retried;
  }

  get isOpen(): boolean {
    return isOpenWorkflow(this.state);
  }

  /** Jobs that were allowed more than their task asks for. */
  get grownJobs(): number {
    return this.jobs.filter((job) => job.memoryMib > (this.options.tasks[job.task]?.memory.askedMib ?? 0)).length;
  }

  /** Number of unmet edges. */
  parentsLeft(ordinal: number): number {
    const job = this.job(ordinal);
    if (job.kind === 'final') return job.released ? 0 : 1;
    const unfinished = job.success.filter((parent) => this.job(parent).place !== 'finished');
    return unfinished.length + job.ended.filter((parent) => !hasEnded(this.job(parent).place)).length;
  }

  /** How the jobs of a task stand, and how it does. */
  taskBooks(task: number): JobCounts & { state: 'running' | WorkflowEnd; paused: boolean } {
    const counts = countJobs(this.jobs.filter((job) => job.task === task));
    const isOpen = counts.finished + counts.failed < counts.total;
    return { ...counts, state: isOpen ? 'running' : endState(counts), paused: this.pausedTasks.has(task) };
  }

  /** Is it, its task or its workflow paused? */
  isPaused({ paused, task }: MachineJob): boolean {
    return paused || this.pausedTasks.has(task) || this.state === 'paused';
  }

  /** @see M5 M8 */
  private grantStep(job: MachineJob): { place: JobPlace } | { refused: GrantRefusal } {
    if (this.isPaused(job)) return { refused: 'paused' };
    if (this.cancelRequested && !this.runsAlways(job)) return { refused: 'to-be-cancelled' };
    return jobAfter('granted', job);
  }

  private job(ordinal: number): MachineJob {
    const job = this.jobs[ordinal];
    if (!job) throw new Error(`there is no job ${ordinal}`);
    return job;
  }

  private ordinals(which: (job: MachineJob) => boolean): number[] {
    return this.jobs.flatMap((job, ordinal) => (which(job) ? [ordinal] : []));
  }

  private isOpenTask(task: number): boolean {
    return this.jobs.some((job) => job.task === task && !hasEnded(job.place));
  }

  /** Also once a cancel was asked for. */
  private runsAlways(job: MachineJob): boolean {
    return job.kind === 'final' && this.options.finalWhen === 'always';
  }

  /** Orders about jobs mean open ones: no barriers, nor the final job. */
  private isChoosable(ordinal: number): boolean {
    const job = this.jobs[ordinal];
    return job?.kind === 'job' && !hasEnded(job.place);
  }

  private order(event: WorkflowEvent): boolean {
    const step = workflowAfter(event, this);
    if ('refused' in step) return false;
    this.state = step.state;
    return true;
  }

  private endPauses(): void {
    this.pausedTasks.clear();
    for (const job of this.jobs) job.paused = false;
  }

  /** What the rules of the house refuse here is our own fault. */
  private move(job: MachineJob, event: JobEvent): void {
    const step = jobAfter(event, job);
    if ('refused' in step) throw new Error(`${event} of a job that is ${job.place}: ${step.refused}`);
    job.place = step.place;
  }

  private end(ordinal: number, event: JobEvent, reason: ReasonWord | null): void {
    const job = this.job(ordinal);
    this.move(job, event);
    if (!hasEnded(job.place)) return;
    job.reason = reason;
    this.told.push({ what: 'job', runNo: this.runNo, ordinal, outcome: reason ?? 'finished' });
  }

  /** @see M4 M6 */
  private fail({ ordinal, exitCode, peakMemoryMib, byOrder }: MachineEvent, reason: ReasonWord): void {
    const job = this.job(ordinal);
    const task = this.options.tasks[job.task];
    if (!task) throw new Error(`there is no task ${job.task}`);
    const seen = { exitCode: exitCode ?? null, signal: null, message: null, peakMib: peakMemoryMib ?? null };
    const attempt = { name: String(ordinal), reason, allowedMib: job.memoryMib, byOrder: byOrder ?? false, ...seen };
    const decision = decideAttempt(attempt, task, job);
    job.tries += decision.tries;
    job.infra += decision.infra;
    job.memoryMib = decision.memoryMib ?? job.memoryMib;
    const event = eventOfDecision(decision);
    this.end(ordinal, event, reason);
    if (event === 'failed' && this.options.failFast) this.requestCancel();
    if (job.place === 'held' && this.cancelRequested && !this.runsAlways(job)) this.move(job, 'backOffOver'); // M5
  }

  private cancel(ordinals: readonly number[]): void {
    for (const ordinal of ordinals) {
      const { place, lease, attempt, runNo } = this.job(ordinal);
      if (place === 'leased' && lease)
        this.known.set(`${ordinal}/${attempt}`, { attempt, lease, reason: 'cancelled', runNo, byUser: true });
      this.end(ordinal, 'cancelled', 'cancelled');
    }
    this.spread(ordinals);
  }

  /** Looks at every job that waits. */
  private wake(): void {
    this.spread(this.ordinals((job) => job.place === 'waiting').filter((ordinal) => this.tryJob(ordinal)));
  }

  /** What follows from the end of these jobs, in the same moment. @see M1 M2 */
  private spread(ended: readonly number[]): void {
    const all = [...ended];
    for (let at = 0; at < all.length; at += 1) {
      for (const child of this.children[all[at] ?? -1] ?? []) if (this.tryJob(child)) all.push(child);
    }
    const final = this.jobs.length - 1; // the last one, if there is one
    if (this.tryFinal(final)) all.push(final);
    this.close(new Set(all.map((ordinal) => this.job(ordinal).task)));
  }

  /** @returns whether it has ended by that: pruned, or a barrier. */
  private tryJob(ordinal: number): boolean {
    const job = this.job(ordinal);
    if (job.place !== 'waiting' || job.kind === 'final') return false;
    if (job.success.some((parent) => this.job(parent).place === 'failed')) this.end(ordinal, 'pruned', 'parent_failed');
    else if (this.parentsLeft(ordinal) === 0) {
      this.move(job, 'freed');
      if (job.kind === 'barrier') this.end(ordinal, 'passed', null);
    }
    return hasEnded(job.place);
  }

  /** @returns whether it has ended by that. */
  private tryFinal(ordinal: number): boolean {
    const final = this.job(ordinal);
    const { cancelRequested, options } = this;
    if (final.kind !== 'final' || final.place !== 'waiting' || options.finalWhen === null) return false;
    const othersOpen = this.jobs.some((job) => job !== final && !hasEnded(job.place));
    const anyFailed = !othersOpen && this.jobs.some((job) => job.place === 'failed');
    const fate = fateOfFinal({ when: options.finalWhen, othersOpen, anyFailed, cancelRequested });
    if (fate === 'waits') return false;
    final.released = true;
    this.end(ordinal, fate, fate === 'pruned' ? 'parent_failed' : null);
    return hasEnded(final.place);
  }

  /** Ends what has nothing open any more. @param tasks of jobs that have just ended. */
  private close(tasks: ReadonlySet<number>): void {
    const { runNo, cancelRequested, options } = this;
    for (const task of tasks) {
      const state = this.isOpenTask(task) ? 'running' : this.taskBooks(task).state;
      if (state !== 'running') this.told.push({ what: 'task', runNo, task, state });
    }
    if (!this.isOpen || this.jobs.some((job) => !hasEnded(job.place))) return;
    const state = workflowEnd({ ...countJobs(this.jobs), cancelRequested, failFast: options.failFast });
    this.state = state;
    this.told.push({ what: 'workflow', runNo, state });
  }
}

/** Jobs by how they stand. */
export interface JobCounts {
  total: number;
  waiting: number;
  finished: number;
  failed: number;
  /** Of the failed ones. */
  cancelled: number;
}

function countJobs(jobs: readonly MachineJob[]): JobCounts {
  const counts = { total: jobs.length, waiting: 0, finished: 0, failed: 0, cancelled: 0 };
  for (const { place, reason } of jobs) {
    if (place === 'waiting' || place === 'finished' || place === 'failed') counts[place] += 1;
    if (reason === 'cancelled') counts.cancelled += 1;
  }
  return counts;
}
