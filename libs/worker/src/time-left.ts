import type { LeasedTask } from './leased-job.js';

/**
 * A job of which nothing is known is started while more than this is left, or a tenth of the worker's whole walltime if
 * that is less.
 */
const floorSec = 60;
const floorPart = 0.1;

/** The time that a worker has left, and which jobs still end in it. */
export interface WorkerTime {
  /** Seconds of its whole life; null: no end. */
  walltimeSec: number | null;
  /** Seconds until running jobs are stopped; null: no end. */
  leftSec: () => number | null;
}

/** Whether a job of this task that starts now ends in time, as far as one can tell. */
export function endsInTime({ facts, usual }: LeasedTask, time: WorkerTime): boolean {
  const leftSec = time.leftSec();
  if (leftSec === null || time.walltimeSec === null) return true;
  const { walltimeSec } = facts.resources;
  if (walltimeSec !== null) return walltimeSec <= leftSec;
  const { longMs } = usual;
  if (longMs !== null) return longMs / 1_000 <= leftSec;
  return leftSec > Math.min(floorSec, time.walltimeSec * floorPart);
}
