import type { AllocationView, ShareList, ShareView } from '#contracts';
import { leftOf } from '#core';
import type { ShareAdmin } from '../ports/share-admin.js';
import type { ShareBook } from '../ports/share-store.js';
import { readShares, spentOn, type ShareReading } from './share-reading.js';

const hourSec = 3_600;
const daySec = 86_400;

/** @param under a path: it and what is below it; null: all. Targets and parts are of everything in any case. */
export async function listShares(store: ShareAdmin, under: string | null): Promise<ShareList> {
  const reading = await readShares(store, 'always');
  const settings = await store.settings();
  const ready = await store.readyJobs();
  const view = viewer(reading, { ready: reading.tree.sumUp(ready), spaces: settings.spaces });
  const shares = [...reading.books.values()]
    .filter(({ path }) => under === null || path === under || path.startsWith(`${under}/`))
    .map(view)
    .sort((a, b) => (inTree(a.path) < inTree(b.path) ? -1 : 1));
  return { halfLifeHours: settings.halfLifeSec / hourSec, shares };
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
