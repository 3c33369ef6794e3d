/**
 * Owns how many jobs one worker that waits may still be given in a round. Knows nothing of time, stores or wires.
 *
 * W1  Now: as many as begin at once in what is free.
 * W2  Ahead: on top of that work for a while, for the queue. None of jobs that outlast the while; of those whose time is
 *     not known as many again as were free for when it asked, and twice as many with each lease of such jobs that the
 *     worker is already through with.
 *     One job of at most one core comes beside these bounds to a worker with nothing free: it begins with the next core.
 *     Else a worker that short jobs keep busy would never take another's first job, whose time nobody knows, nor a long one.
 * W3  Nothing that would not fit in the empty worker, or that would not end in the time it has left.
 */
import { longestSec, type JobNeeds } from './job-needs.js';
import type { JobSize, WorkerRoom } from './worker-room.js';

/** Jobs that begin at once, or work for the queue. */
export type Depth = 'now' | 'ahead';

/** What a worker says when it asks. */
export interface WorkerAsk {
  /** What is free once all that it holds has begun; below 0 counts as 0. */
  readonly free: WorkerRoom;
  /** What it has when it is empty. */
  readonly whole: WorkerRoom;
  /** Seconds that its jobs have until it stops them, to be gone in time; null: no end. */
  readonly walltimeLeftSec: number | null;
  /** Null: none. */
  readonly proven: Proven | null;
}

/** Leases by class of which a worker ended what it was given, before anybody could say how long such jobs take. */
export type Proven = ReadonlyMap<number, number>;

/** Work that a worker is given on top of what begins at once, in milliseconds of the whole worker. */
export const aheadMs = 10_000;

/** The bound doubles at most so often. */
const doublingsMax = 8;

export class WaiterRoom {
  /** What is free after all that was given. */
  readonly free: WorkerRoom;
  readonly whole: WorkerRoom;
  /** What was free when it asked, less the jobs of unknown time that it was given ahead. */
  private readonly again: WorkerRoom;
  private leftAheadMs = aheadMs;
  private hasOneBeside = false;

  constructor(private readonly ask: WorkerAsk) {
    this.free = ask.free.copy();
    this.again = ask.free.copy();
    this.whole = ask.whole;
  }

  /** Cores that may still be given work: to begin at once, or for the while ahead. */
  capacity(depth: Depth): number {
    return Math.max(0, depth === 'now' ? this.free.cores : (this.whole.cores * this.leftAheadMs) / aheadMs);
  }

  /** Most jobs of one kind that it may be given. */
  places(needs: JobNeeds, depth: Depth): number {
    if (!this.ask.whole.fits(needs) || !this.lasts(needs)) return 0; // W3
    if (depth === 'now') return this.free.times(needs); // W1
    if (this.leftAheadMs <= 0) return 0;
    return this.placesAhead(needs) || (this.takesOneBeside(needs) ? 1 : 0); // W2
  }

  take(needs: JobNeeds, jobs: number, depth: Depth): void {
    if (depth === 'now') return this.free.take(needs, jobs);
    if (this.placesAhead(needs) === 0) {
      this.hasOneBeside = true;
      this.leftAheadMs -= aheadMs / this.whole.cores;
      return;
    }
    this.leftAheadMs -= jobs * this.jobMs(needs);
    if (needs.usualMs === null) this.again.take(this.unknownSize(needs), jobs);
  }

  /** Whether it had nothing free when it asked. */
  get isFull(): boolean {
    return this.ask.free.cores <= 0;
  }

  private placesAhead(needs: JobNeeds): number {
    if ((needs.usualMs ?? 0) > aheadMs) return 0;
    const places = Math.floor(this.leftAheadMs / this.jobMs(needs));
    return needs.usualMs === null ? Math.min(places, this.again.times(this.unknownSize(needs))) : places;
  }

  private takesOneBeside({ cores }: JobNeeds): boolean {
    return this.isFull && !this.hasOneBeside && cores <= 1;
  }

  /** Whether a job would begin as soon as others have ended. */
  fitsLater(needs: JobNeeds): boolean {
    return this.ask.whole.fits(needs) && this.lasts(needs);
  }

  /** Milliseconds of the whole worker that one job takes. */
  private jobMs(needs: JobNeeds): number {
    const ms = needs.usualMs ?? aheadMs / this.growth(needs);
    return Math.max(ms / this.whole.times(needs), Number.EPSILON);
  }

  /** How many times as many of unknown jobs come ahead as fit. */
  growth({ classId }: JobNeeds): number {
    return 2 ** Math.min(this.ask.proven?.get(classId) ?? 0, doublingsMax);
  }

  /** What one unknown job takes of `again`. */
  private unknownSize(needs: JobNeeds): JobSize {
    const growth = this.growth(needs);
    const { cores, memoryMib, gpus, diskMib } = needs;
    const disk = diskMib === null ? null : diskMib / growth;
    return { cores: cores / growth, memoryMib: memoryMib / growth, gpus: gpus / growth, diskMib: disk };
  }

  private lasts(needs: JobNeeds): boolean {
    const { walltimeLeftSec } = this.ask;
    return walltimeLeftSec === null || (longestSec(needs) ?? 0) <= walltimeLeftSec;
  }
}
