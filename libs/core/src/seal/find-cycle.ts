import { refBits } from './pack.js';
import type { ChildLists, ParentLists } from './parent-lists.js';

/**
 * Looks for a cycle with Kahn's algorithm: linear, and without recursion, so a chain of any length is fine.
 * @param scratch two arrays of one word a job.
 * @returns one cycle in order of execution (a job that is its own parent: one entry), or null.
 */
export function findCycle(
  parents: ParentLists,
  children: ChildLists,
  [left, queue]: [Uint32Array, Uint32Array],
): Uint32Array | null {
  runKahn(parents, children, left, queue);
  const stuck = left.findIndex((edges) => edges > 0);
  return stuck < 0 ? null : cycleThrough(stuck, parents, left);
}

/** Leaves in `left`, by job, how many parents never come: 0 everywhere when there is no cycle. */
function runKahn(parents: ParentLists, { start, children }: ChildLists, left: Uint32Array, queue: Uint32Array): void {
  const jobs = start.length - 1;
  let tail = 0;
  for (let job = 0; job < jobs; job++) {
    left[job] = (parents.start[job + 1] ?? 0) - (parents.start[job] ?? 0);
    if (left[job] === 0) queue[tail++] = job;
  }
  for (let head = 0; head < tail; head++) {
    const job = queue[head] ?? 0;
    for (let i = start[job] ?? 0, end = start[job + 1] ?? 0; i < end; i++) {
      const child = (children[i] ?? 0) & refBits.value;
      const unmet = (left[child] ?? 0) - 1;
      left[child] = unmet;
      if (unmet === 0) queue[tail++] = child;
    }
  }
}

/** Walks from a stuck job to stuck parents (each has one) until a job comes twice: what lies between is a cycle. */
function cycleThrough(stuck: number, { start, refs }: ParentLists, left: Uint32Array): Uint32Array {
  const jobs = start.length - 1;
  const stepOf = new Int32Array(jobs).fill(-1);
  const path = new Uint32Array(jobs);
  let length = 0;
  let job = stuck;
  while (stepOf[job] === -1) {
    stepOf[job] = length;
    path[length++] = job;
    job = stuckParent(job);
  }
  return fromSmallest(path.slice(stepOf[job], length).reverse());

  function stuckParent(child: number): number {
    for (let i = start[child] ?? 0, end = start[child + 1] ?? 0; i < end; i++) {
      const parent = (refs[i] ?? 0) & refBits.value;
      if ((left[parent] ?? 0) > 0) return parent;
    }
    throw new Error(`job ${child} is stuck without a stuck parent`);
  }
}

/** The same cycle, told from its first job of the document on. */
function fromSmallest(cycle: Uint32Array): Uint32Array {
  const smallest = cycle.reduce((least, job) => Math.min(least, job));
  const at = cycle.indexOf(smallest);
  const told = new Uint32Array(cycle.length);
  told.set(cycle.subarray(at));
  told.set(cycle.subarray(0, at), cycle.length - at);
  return told;
}
