import type { ShareBooks } from '../ports/share-store.js';
import type { ReadyClass } from '../ports/lease-store.js';
import type { WaitFactStore } from '../ports/wait-store.js';
import { noShare, readShares } from '../share/share-reading.js';
import type { WaitFacts } from './explain-wait.js';

/** Reads what decides about ready jobs. @returns also the classes that have some. */
export async function readFacts(
  store: WaitFactStore,
  books: ShareBooks,
): Promise<{ facts: WaitFacts; ready: { readyClass: ReadyClass; jobs: number }[] }> {
  const ready = await store.ready();
  const [kinds, limits, closedSites, shares] = await Promise.all([
    store.workerKinds(),
    store.limits(),
    store.closedSites(),
    readShares(books, 'shared'),
  ]);
  return { facts: { kinds, limits, closedSites, shares, readyOfLeaf: byLeaf(ready) }, ready };
}

function byLeaf(ready: readonly { readyClass: ReadyClass; jobs: number }[]): Map<number, number> {
  const leaves = new Map<number, number>();
  for (const { readyClass, jobs } of ready) {
    const leaf = readyClass.shareId ?? noShare;
    leaves.set(leaf, (leaves.get(leaf) ?? 0) + jobs);
  }
  return leaves;
}
