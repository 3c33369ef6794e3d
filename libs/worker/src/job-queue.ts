import type { LeasedJob } from './leased-job.js';
import type { Room } from './room.js';

/** Jobs looked at behind one that does not fit. */
const lookAheadMax = 64;
/** Jobs that may overtake the first one before everything waits for it: a wide job must not starve. */
const overtakesMax = 256;

/** Leased jobs that have not started, in the order in which they came. */
export class JobQueue {
  private jobs: LeasedJob[] = [];
  private first = 0;
  private overtakes = 0;

  get length(): number {
    return this.jobs.length - this.first;
  }

  push(job: LeasedJob): void {
    this.jobs.push(job);
  }

  /** @returns the first job that fits in `free` now, taken out; undefined when none may start */
  takeFitting(free: Room): LeasedJob | undefined {
    const last = this.overtakes < overtakesMax ? Math.min(this.jobs.length, this.first + lookAheadMax) : this.first + 1;
    for (let at = this.first; at < last; at += 1) {
      const job = this.jobs[at];
      if (job !== undefined && free.fits(job.task.facts.resources)) return this.takeAt(at);
    }
    return undefined;
  }

  /** @returns whether it was queued */
  remove(job: LeasedJob): boolean {
    const at = this.jobs.indexOf(job, this.first);
    if (at < 0) return false;
    this.takeAt(at);
    return true;
  }

  /** Takes out all that `chosen` says yes to. */
  removeAll(chosen: (job: LeasedJob) => boolean): LeasedJob[] {
    const waiting = this.jobs.slice(this.first);
    const taken = waiting.filter(chosen);
    this.jobs = waiting.filter((job) => !chosen(job));
    this.first = 0;
    this.overtakes = 0;
    return taken;
  }

  private takeAt(at: number): LeasedJob | undefined {
    if (at > this.first) {
      this.overtakes += 1;
      return this.jobs.splice(at, 1)[0];
    }
    this.overtakes = 0;
    const job = this.jobs[this.first++];
    if (this.first > 1_024 && this.first * 2 > this.jobs.length) this.compact();
    return job;
  }

  /** Forgets taken jobs once they are most of the array: shifting at every take would cost its whole length. */
  private compact(): void {
    this.jobs = this.jobs.slice(this.first);
    this.first = 0;
  }
}
