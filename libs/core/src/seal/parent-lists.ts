import { noRef, refBits } from './pack.js';

/**
 * The parents of all jobs: those of job i are refs[start[i]] to refs[start[i + 1] - 1]. Each ref is a position with the
 * `ended` bit of pack.ts, or noRef where a parent is unknown.
 */
export interface ParentLists {
  start: Uint32Array;
  refs: Uint32Array;
}

/**
 * Drops unknown parents and parents that a job names twice (by position and by name), in place. A parent named both
 * ways is a success edge: it asks for more.
 * @returns the same arrays, cut to what is left.
 */
export function mergeParents({ start, refs }: ParentLists, putAt: Uint32Array): ParentLists {
  const jobs = start.length - 1;
  // By parent: 1 + where its ref of the job in hand was put. Older entries lie below the job's own range.
  putAt.fill(0);
  let to = 0;
  for (let job = 0, from = 0; job < jobs; job++) {
    const end = start[job + 1] ?? 0;
    const first = to;
    for (; from < end; from++) {
      const ref = refs[from] ?? noRef;
      if (ref === noRef) continue;
      const parent = ref & refBits.value;
      const put = putAt[parent] ?? 0;
      if (put > first) {
        refs[put - 1] = (refs[put - 1] ?? 0) & ref;
      } else {
        refs[to++] = ref;
        putAt[parent] = to;
      }
    }
    start[job] = first;
  }
  start[jobs] = to;
  return { start, refs: refs.subarray(0, to) };
}

/** The same edges seen from the parents, each a position with the `ended` bit. */
export interface ChildLists {
  start: Uint32Array;
  children: Uint32Array;
}

/**
 * Turns parents into children, those of each job in order.
 * @param next scratch, one word a job.
 */
export function childLists({ start, refs }: ParentLists, next: Uint32Array): ChildLists {
  const jobs = start.length - 1;
  const childStart = new Uint32Array(jobs + 1);
  for (const ref of refs) {
    const parent = ref & refBits.value;
    childStart[parent + 1] = (childStart[parent + 1] ?? 0) + 1;
  }
  for (let job = 0; job < jobs; job++) childStart[job + 1] = (childStart[job + 1] ?? 0) + (childStart[job] ?? 0);
  const children = new Uint32Array(refs.length);
  next.set(childStart.subarray(0, jobs));
  for (let job = 0; job < jobs; job++) {
    for (let i = start[job] ?? 0, end = start[job + 1] ?? 0; i < end; i++) {
      const ref = refs[i] ?? 0;
      const parent = ref & refBits.value;
      const at = next[parent] ?? 0;
      children[at] = (job | (ref & refBits.ended)) >>> 0;
      next[parent] = at + 1;
    }
  }
  return { start: childStart, children };
}
