import type { AllocationView, ShareList, ShareView } from '#contracts';
import { leftOf, parentPath, pathOfSpace, type VisibleSpaces } from '#core';
import type { ShareAdmin } from '../ports/share-admin.js';
import type { ShareBook } from '../ports/share-store.js';
import { readShares, spentOn, type ShareReading } from './share-reading.js';

const hourSec = 3_600;
const daySec = 86_400;

export interface SharePage {
  /** A path: it and what is below it; null: all. */
  under: string | null;
  visible: VisibleSpaces;
  /** Path of the last share of the page before; null: from the first. */
  after: string | null;
  rows: number;
}

/**
 * Shares in the order of the tree. Targets and parts are of everything in any case. Who does not see all spaces is told of
 * those that it sees: their nodes, the users below these, and what is above.
 */
export async function listShares(
  store: ShareAdmin,
  { under, visible, after, rows }: SharePage,
): Promise<Omit<ShareList, 'next'>> {
  const reading = await readShares(store, 'always');
  const settings = await store.settings();
  const ready = await store.readyJobs();
  const seen = seenBooks(visible, settings.spaces, reading.books);
  const view = viewer(reading, { ready: reading.tree.sumUp(ready), spaces: settings.spaces });
  const shares = [...reading.books.values()]
    .filter(({ path }) => under === null || isBelow(path, under))
    .filter(({ path }) => after === null || inTree(path) > inTree(after))
    .filter(seen)
    .sort((a, b) => (inTree(a.path) < inTree(b.path) ? -1 : 1))
    .slice(0, rows)
    .map(view)
    .map((share) => ({ ...share, spaces: share.spaces.filter((space) => visible?.includes(space) ?? true) }));
  return { halfLifeHours: settings.halfLifeSec / hourSec, shares };
}

const isBelow = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`);

/** @param given path of the node of each space that was given to one; of the others it is that of their name */
function seenBooks(
  visible: VisibleSpaces,
  given: ReadonlyMap<string, string>,
  books: ShareReading['books'],
): (book: ShareBook) => boolean {
  if (visible === null) return () => true;
  const nodes = visible.map((space) => given.get(space) ?? pathOfSpace(space));
  const parents = new Set([...books.values()].map(({ parentId }) => parentId));
  return ({ id, path }) =>
    nodes.some((node) => isBelow(node, path)) || (!parents.has(id) && nodes.includes(parentPath(path) ?? ''));
}

/** Children right below their parent: no name holds a sign before the space. */
const inTree = (path: string): string => path.replaceAll('/', '\u0001');

function viewer(
  reading: ShareReading,
  { ready, spaces }: { ready: ReadonlyMap<number, number>; spaces: ReadonlyMap<string, string> },
): (book: ShareBook) => ShareView {
  const { tree, use, runningCores, books } = reading;
  const parents = new Set([...books.values()].map(({ parentId }) => parentId));
  const takes = ({ id }: ShareBook): boolean => !parents.has(id) && (ready.get(id) ?? 0) + (use.get(id) ?? 0) > 0;
  const targets = tree.targets([...books.values()].filter(takes).map(({ id }) => id));
  const all = [...books.values()].reduce(
    (sum, { id, parentId }) => sum + (parentId === null ? (use.get(id) ?? 0) : 0),
    0,
  );
  const outside = tree.sumUp(new Map([...books.values()].map(({ id, outsideCoreSec }) => [id, outsideCoreSec])));
  return (book) => {
    const target = targets.get(book.id) ?? 0;
    const used = use.get(book.id) ?? 0;
    const part = all > 0 ? used / all : 0;
    return {
      path: book.path,
      weight: book.weight,
      spaces: [...spaces].flatMap(([space, path]) => (path === book.path ? [space] : [])).sort(),
      target,
      part,
      factor: target > 0 ? part / target : null,
      useCoreHours: used / hourSec,
      outsideCoreHours: (outside.get(book.id) ?? 0) / hourSec,
      runningCores: runningCores.get(book.id) ?? 0,
      readyJobs: ready.get(book.id) ?? 0,
      allocation: allocationView(reading, book),
      spent: spentOn(reading, book.id)?.path ?? null,
    };
  };
}

function allocationView({ allocations }: ShareReading, { id, allocation: book }: ShareBook): AllocationView | null {
  const allocation = allocations.get(id);
  if (!book || !allocation) return null;
  return {
    coreHours: allocation.coreHours,
    usedCoreHours: allocation.usedCoreSec / hourSec,
    leftCoreHours: leftOf(allocation) / hourSec,
    periodDays: book.periodSec === null ? null : book.periodSec / daySec,
    since: new Date(book.fromMs).toISOString(),
    strict: allocation.strict,
  };
}
