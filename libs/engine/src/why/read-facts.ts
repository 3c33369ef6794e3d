import type { ShareBooks } from '../ports/share-store.js';
import type { WaitFactStore } from '../ports/wait-store.js';
import { readShares } from '../share/share-reading.js';
import type { WaitFacts } from './explain-wait.js';
import { competitors, readyByLeaf, type ReadyClasses } from './ready-by-leaf.js';

/** Reads what decides about ready jobs. @returns also the classes that have some. */
export async function readFacts(
  store: WaitFactStore,
  books: ShareBooks,
): Promise<{ facts: WaitFacts; ready: ReadyClasses }> {
  const ready = await store.ready();
  const [kinds, limits, closedSites, shares] = await Promise.all([
    store.workerKinds(),
    store.limits(),
    store.closedSites(),
    readShares(books, 'shared'),
  ]);
  const facts = { kinds, limits, closedSites, shares, readyOfLeaf: readyByLeaf(ready) };
  return { facts: { ...facts, competing: competitors(ready, kinds) }, ready };
}
