/**
 * Owns how many jobs of each class one worker gets in one answer. Knows nothing of time, stores or wires.
 *
 * K1  What is free is filled first, by best fit among the classes at the front of the share order.
 * K2  On top comes work for a while ahead, in share order. A class whose jobs outlast that while gets none; of one whose
 *     time is not known as many come as would fit in the empty worker.
 * K3  Never more than the worker asked for, nor than there is.
 * K4  Nothing of a class that would not fit in the empty worker, or not in the time that the worker has left.
 * K5  A class that is first in order and fits only the empty worker starves while others take each core that becomes
 *     free. An answer told to `reserve` gives one job of it before all else: its worker keeps room for it.
 */
import { bestFit } from './best-fit.js';
import { WorkerRoom, type JobSize } from './worker-room.js';

/** What a worker says when it asks. */
export interface PackingWorker {
  /** What is free once all that it holds has begun; below 0 counts as 0. */
  readonly free: WorkerRoom;
  /** What it has when it is empty. */
  readonly whole: WorkerRoom;
  /** Seconds until it must be gone; null: no end. */
  readonly walltimeLeftSec: number | null;
  /** Most jobs it wants. */
  readonly max: number;
  /** Milliseconds of work to give on top of what fits now. */
  readonly aheadMs: number;
}

/** Ready jobs of one class. */
export interface PackingClass {
  readonly size: JobSize;
  readonly jobs: number;
  /** Milliseconds that one takes; null: not known. */
  readonly usualMs: number | null;
  /** Null: no limit is set. */
  readonly walltimeSec: number | null;
}

/** Classes behind the first with jobs left that best fit looks at. */
const lookAheadMax = 32;

/**
 * @param classes in share order, all of a transform and site that this worker may run.
 * @returns jobs to give of each, by position.
 */
export function packLease(
  worker: PackingWorker,
  classes: readonly PackingClass[],
  { reserve }: { reserve: boolean },
): number[] {
  const packing = new Packing(worker, classes);
  if (reserve) packing.reserve();
  packing.fill();
  packing.addAhead();
  return packing.given;
}

class Packing {
  readonly given: number[];
  private readonly room: WorkerRoom;
  /** Jobs of each class that may still be given. */
  private readonly left: number[];
  private wanted: number;

  constructor(
    private readonly worker: PackingWorker,
    private readonly classes: readonly PackingClass[],
  ) {
    this.room = worker.free.copy();
    this.given = classes.map(() => 0);
    this.left = classes.map((one) => (worker.whole.fits(one.size) && lasts(one, worker) ? one.jobs : 0)); // K4
    this.wanted = worker.max;
  }

  /** K5: what it takes may go below zero, and then nothing else fits. */
  reserve(): void {
    const first = this.left.findIndex((jobs) => jobs > 0);
    const size = this.classes[first]?.size;
    if (size !== undefined && this.room.cores > 0 && !this.room.fits(size)) this.give(first, size, 1);
  }

  /** K1. Half of what fits at a time, since what fits best changes while the room is filled. */
  fill(): void {
    let first = 0;
    while (this.wanted > 0) {
      while (this.left[first] === 0) first += 1;
      const looked = this.classes.slice(first, first + lookAheadMax);
      const found = bestFit(
        this.room,
        this.worker.whole,
        looked.map(({ size }, at) => (this.left[first + at] ? size : undefined)),
      );
      const size = looked[found]?.size;
      if (size === undefined) return;
      const half = Math.ceil(this.room.times(size) / 2);
      this.give(first + found, size, Math.max(1, looked.length === 1 ? this.room.times(size) : half));
    }
  }

  /** K2 */
  addAhead(): void {
    let aheadMs = this.worker.aheadMs;
    this.classes.forEach(({ size, usualMs }, index) => {
      if (this.left[index] === 0 || aheadMs <= 0) return;
      const abreast = this.worker.whole.times(size);
      const jobMs = (usualMs ?? this.worker.aheadMs) / abreast; // of the whole worker's time
      if (usualMs !== null && usualMs > this.worker.aheadMs) return;
      aheadMs -= jobMs * this.give(index, size, Math.floor(aheadMs / Math.max(jobMs, Number.EPSILON)));
    });
  }

  /** @returns how many it could give (K3) */
  private give(index: number, size: JobSize, jobs: number): number {
    const count = Math.min(jobs, this.left[index] ?? 0, this.wanted);
    this.given[index] = (this.given[index] ?? 0) + count;
    this.left[index] = (this.left[index] ?? 0) - count;
    this.wanted -= count;
    this.room.take(size, count);
    return count;
  }
}

const lasts = ({ walltimeSec, usualMs }: PackingClass, { walltimeLeftSec }: PackingWorker): boolean =>
  walltimeLeftSec === null || Math.max(walltimeSec ?? 0, (usualMs ?? 0) / 1_000) <= walltimeLeftSec;
