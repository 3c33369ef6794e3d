import { fits } from '../lease/fits.js';
import type { ReadyClass } from '../ports/lease-store.js';
import type { WorkerKind } from '../ports/read-store.js';
import { noShare } from '../share/share-reading.js';

/** Ready jobs of each class. */
export type ReadyClasses = readonly { readyClass: ReadyClass; jobs: number }[];

/** Ready jobs by leaf of the tree of shares. */
export type ReadyOfLeaf = ReadonlyMap<number, number>;

export function readyByLeaf(ready: ReadyClasses): ReadyOfLeaf {
  const leaves = new Map<number, number>();
  for (const { readyClass, jobs } of ready) {
    const leaf = readyClass.shareId ?? noShare;
    leaves.set(leaf, (leaves.get(leaf) ?? 0) + jobs);
  }
  return leaves;
}

/**
 * Who competes for workers of some kinds: ready jobs that at least one of them could run. Classes that wait for the same
 * workers share one answer, so that a look at thousands of classes stays linear in them.
 */
export function competitors(
  ready: ReadyClasses,
  kinds: readonly WorkerKind[],
): (fitting: readonly WorkerKind[]) => ReadyOfLeaf {
  const answers = new Map<string, ReadyOfLeaf>();
  const places = new Map(kinds.map((kind, place) => [kind, place]));
  return (fitting) => {
    const key = fitting.map((kind) => places.get(kind)).join();
    const known = answers.get(key);
    if (known) return known;
    const answer = readyByLeaf(ready.filter(({ readyClass }) => fitting.some((kind) => fits(readyClass, kind))));
    answers.set(key, answer);
    return answer;
  };
}
