import { leftOf, ShareTree, standingOf, type Allocation, type Standing } from '#core';
import type { ShareBook, ShareBooks } from '../ports/share-store.js';

/** Jobs of uploads from before there were shares belong to this leaf: it stands alone at the top, with weight 1. */
export const noShare = 0;

/** All shares at one moment. */
export interface ShareReading {
  tree: ShareTree;
  books: ReadonlyMap<number, ShareBook>;
  /** Use in core seconds, of a node with all below it: what is left after the decay, and what is in flight. */
  use: ReadonlyMap<number, number>;
  runningCores: ReadonlyMap<number, number>;
  /** Usual run time of classes in seconds, where it is known. */
  usualSec: ReadonlyMap<number, number>;
  /** By id: allocations with what is used of them. */
  allocations: ReadonlyMap<number, Allocation>;
}

/**
 * Reads the books and what is in flight. Periods of allocations that are over end first.
 * @param inFlight `shared`: only where it decides something, since there is more than one leaf or an allocation.
 */
export async function readShares(store: ShareBooks, inFlight: 'always' | 'shared'): Promise<ShareReading> {
  let books = await store.books();
  if (books.some(({ allocation }) => allocation?.over)) {
    await store.beginPeriods();
    books = await store.books();
  }
  const tree = new ShareTree(books);
  const decides = inFlight === 'always' || tree.leafCount > 1 || books.some(({ allocation }) => allocation);
  const use = new Map(books.flatMap(({ id, decayedCoreSec }) => (decayedCoreSec > 0 ? [[id, decayedCoreSec]] : [])));
  const ever = new Map(books.map(({ id, coreSec }) => [id, coreSec]));
  const runningCores = new Map<number, number>();
  const usualSec = new Map<number, number>();
  for (const row of decides ? await store.inFlight() : []) {
    const leaf = row.shareId ?? noShare;
    add(use, leaf, row.coreSec);
    add(ever, leaf, row.coreSec);
    add(runningCores, leaf, row.runningCores);
    if (row.usualSec !== null) usualSec.set(row.classId, row.usualSec);
  }
  const byId = new Map(books.map((book) => [book.id, book]));
  return {
    tree,
    books: byId,
    use: tree.sumUp(use),
    runningCores: tree.sumUp(runningCores),
    usualSec,
    allocations: allocationsOf(books, tree.sumUp(ever)),
  };
}

/** What the allocations on a leaf's way say about it. */
export function standingIn({ tree, allocations }: ShareReading, leaf: number): Standing {
  if (allocations.size === 0) return 'within';
  return standingOf(tree.pathTo(leaf).flatMap((id) => allocations.get(id) ?? []));
}

/** The first node on a leaf's way whose allocation is used up, one that stops the leaf before one that does not; null: none is. */
export function spentOn({ tree, books, allocations }: ShareReading, leaf: number): ShareBook | null {
  const spent = tree.pathTo(leaf).filter((id) => {
    const allocation = allocations.get(id);
    return allocation !== undefined && leftOf(allocation) <= 0;
  });
  const first = spent.find((id) => allocations.get(id)?.strict) ?? spent[0];
  return first === undefined ? null : (books.get(first) ?? null);
}

function allocationsOf(books: readonly ShareBook[], ever: ReadonlyMap<number, number>): Map<number, Allocation> {
  const allocations = new Map<number, Allocation>();
  for (const { id, allocation } of books) {
    if (!allocation) continue;
    const { coreHours, strict, usedBeforeCoreSec } = allocation;
    const usedCoreSec = Math.max(0, (ever.get(id) ?? 0) - usedBeforeCoreSec);
    allocations.set(id, { coreHours, strict, usedCoreSec });
  }
  return allocations;
}

function add(amounts: Map<number, number>, id: number, amount: number): void {
  amounts.set(id, (amounts.get(id) ?? 0) + amount);
}
