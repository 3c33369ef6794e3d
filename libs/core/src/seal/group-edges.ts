import { noRef, packKind, refBits } from './pack.js';
import type { ParentLists } from './parent-lists.js';

/**
 * Turns groups into edges. A group becomes a barrier that ends after its members:
 * G1: every member is a parent of its group; on success, or only ended where the group does not block.
 * G2: every parent of a group is also a parent of each member, and stays one of the group (which may have no member).
 * G3: a job with a group as its parent waits for the barrier, as for any other parent.
 * @param groupOf ordinal of the group of each job, or noRef.
 */
export function expandGroups(parents: ParentLists, groupOf: Uint32Array, kind: Uint8Array): ParentLists {
  const jobs = groupOf.length;
  const inherited = (member: number, each: (ref: number) => void): void => {
    const group = groupOf[member] ?? noRef;
    if (group === noRef) return;
    forEachRef(parents, group, (ref) => {
      // A group that names its own member says what G1 says anyway; handed to the member it would be a cycle.
      if (ref !== noRef && groupOf[ref & refBits.value] !== group) each(ref);
    });
  };

  const start = new Uint32Array(jobs + 1);
  const count = (job: number, edges: number): void => {
    start[job + 1] = (start[job + 1] ?? 0) + edges;
  };
  for (let job = 0; job < jobs; job++) {
    count(job, (parents.start[job + 1] ?? 0) - (parents.start[job] ?? 0));
    inherited(job, () => count(job, 1));
    const group = groupOf[job] ?? noRef;
    if (group !== noRef) count(group, 1);
  }
  for (let job = 0; job < jobs; job++) start[job + 1] = (start[job + 1] ?? 0) + (start[job] ?? 0);

  const refs = new Uint32Array(start[jobs] ?? 0);
  const next = start.slice(0, jobs);
  const put = (job: number, ref: number): void => {
    const at = next[job] ?? 0;
    refs[at] = ref;
    next[job] = at + 1;
  };
  for (let job = 0; job < jobs; job++) {
    forEachRef(parents, job, (ref) => put(job, ref));
    inherited(job, (ref) => put(job, ref));
    const group = groupOf[job] ?? noRef;
    if (group !== noRef) put(group, kind[group] === packKind.openGroup ? (job | refBits.ended) >>> 0 : job);
  }
  return { start, refs };
}

/** @returns how many edges `expandGroups` would add at most: asked before memory is taken for them. */
export function addedGroupEdges(parents: ParentLists, groupOf: Uint32Array): number {
  let added = 0;
  for (const group of groupOf) {
    if (group !== noRef) added += 1 + (parents.start[group + 1] ?? 0) - (parents.start[group] ?? 0);
  }
  return added;
}

function forEachRef({ start, refs }: ParentLists, job: number, each: (ref: number) => void): void {
  for (let i = start[job] ?? 0, end = start[job + 1] ?? 0; i < end; i++) each(refs[i] ?? noRef);
}
