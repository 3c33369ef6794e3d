/**
 * Owns which of several sizes of jobs a room takes next, so that cores and memory run out together.
 *
 * B1  Of jobs that fit, those that need a GPU go first: a GPU that waits is the dearest.
 * B2  While no size takes more memory per core than the empty worker has, cores run out first: the first in order goes.
 * B3  Else the one goes first that takes most of the memory that is free per core, but not more: small jobs keep the
 *     cores busy, and what they leave is used by the largest that one core can bear.
 * B4  When all that fit take more than that, memory is what is short, and the largest goes first.
 * B5  Among equals the first in order.
 */
import type { JobSize, WorkerRoom } from './worker-room.js';

/**
 * @param whole what the worker has when it is empty
 * @param sizes in the order in which they are served; undefined: none there any more.
 * @returns the index of the one to take, -1 when none fits.
 */
export function bestFit(room: WorkerRoom, whole: WorkerRoom, sizes: readonly (JobSize | undefined)[]): number {
  const evenMib = room.memoryMib / Math.max(room.cores, Number.MIN_VALUE);
  const short = sizes.some((size) => size !== undefined && size.memoryMib * whole.cores > whole.memoryMib * size.cores);
  let best = -1;
  let bestRank = -1;
  let bestMib = -1;
  for (let index = 0; index < sizes.length; index += 1) {
    const size = sizes[index];
    if (size === undefined || !room.fits(size)) continue;
    const perCoreMib = size.memoryMib / size.cores;
    const even = perCoreMib <= evenMib;
    const rank = (size.gpus > 0 ? 2 : 0) + (even ? 1 : 0); // B1, B3 before B4
    const mib = !short ? 0 : even ? perCoreMib : size.memoryMib; // B2, B3, B4
    if (rank < bestRank || (rank === bestRank && mib <= bestMib)) continue; // B5
    best = index;
    bestRank = rank;
    bestMib = mib;
  }
  return best;
}
