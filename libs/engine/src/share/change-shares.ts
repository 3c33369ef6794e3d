/**
 * Owns what people say of shares.
 *
 * C1  All of an order is done or nothing; a dry run is the order itself, rolled back.
 * C2  What an order does not name stays; an order that changes nothing tells no change.
 */
import type { ShareChanged, ShareEntry, UseReport } from '#contracts';
import { pathsTo } from '#core';
import type { NewAllocation, ShareAdmin, ShareTransaction } from '../ports/share-admin.js';
import type { ShareBook } from '../ports/share-store.js';

type Change = ShareChanged['changes'][number];

const hourSec = 3_600;
const daySec = 86_400;

export interface SharesOrder {
  halfLifeHours?: number;
  shares: readonly ShareEntry[];
  dryRun: boolean;
}

/** `twice`: a path, or a space, that the order names more than once. */
export type SharesOutcome = { kind: 'done'; changed: ShareChanged[] } | { kind: 'twice'; names: string[] };

/** Makes the shares that do not exist, and changes the others. */
export async function changeShares(store: ShareAdmin, order: SharesOrder): Promise<SharesOutcome> {
  const names = [
    ...repeated(order.shares.map(({ path }) => path)),
    ...repeated(order.shares.flatMap((one) => one.spaces ?? [])),
  ];
  if (names.length > 0) return { kind: 'twice', names };
  const changed = await store.change({ dryRun: order.dryRun }, async (tx) => {
    const books = new Map((await tx.books()).map((book) => [book.path, book]));
    const { spaces, halfLifeSec } = await tx.settings();
    const done: ShareChanged[] = [];
    for (const entry of order.shares) done.push(...(await changeOne(tx, entry, { books, spaces })));
    return [...(await changeHalfLife(tx, { before: halfLifeSec / hourSec, after: order.halfLifeHours })), ...done];
  });
  return { kind: 'done', changed };
}

export type RemoveOutcome =
  | { kind: 'done'; changed: ShareChanged[] }
  | { kind: 'unknown' }
  | { kind: 'in use'; shares: number; workflows: number };

/** Removes a share that nothing is below and no workflow belongs to. Its spaces fall back to the node of their own name. */
export function removeShare(store: ShareAdmin, path: string, options: { dryRun: boolean }): Promise<RemoveOutcome> {
  return store.change<RemoveOutcome>(options, async (tx) => {
    const book = (await tx.books()).find((one) => one.path === path);
    if (!book) return { kind: 'unknown' };
    const belongings = await tx.belongings(path);
    if (belongings.shares + belongings.workflows > 0) return { kind: 'in use', ...belongings };
    await tx.remove(path);
    const changes = [{ setting: 'weight', before: book.weight, after: null }];
    return { kind: 'done', changed: [{ path, what: 'removed', changes }] };
  });
}

/** `unknown`: shares that there are not; nothing was counted. */
export type ReportOutcome =
  { kind: 'done'; counted: boolean; coreHours: number } | { kind: 'unknown'; paths: string[] };

/** Counts what a site ran for shares outside Sluice. It decays like the rest, and counts for allocations. */
export function reportUse(store: ShareAdmin, { site, report, use, dryRun = false }: UseReport): Promise<ReportOutcome> {
  return store.change<ReportOutcome>({ dryRun }, async (tx) => {
    const known = new Set((await tx.books()).map(({ path }) => path));
    const paths = [...new Set(use.map(({ share }) => share))].filter((path) => !known.has(path));
    if (paths.length > 0) return { kind: 'unknown', paths };
    const coreHours = use.reduce((sum, one) => sum + one.coreHours, 0);
    if (report !== undefined && !(await tx.noteReport(site, report, coreHours * hourSec))) {
      return { kind: 'done', counted: false, coreHours };
    }
    const byPath = new Map<string, number>();
    for (const one of use) byPath.set(one.share, (byPath.get(one.share) ?? 0) + one.coreHours * hourSec);
    await tx.addOutside(
      site,
      [...byPath].map(([path, coreSec]) => ({ path, coreSec })),
    );
    return { kind: 'done', counted: true, coreHours };
  });
}

interface Known {
  books: Map<string, ShareBook>;
  spaces: Map<string, string>;
}

async function changeOne(tx: ShareTransaction, entry: ShareEntry, { books, spaces }: Known): Promise<ShareChanged[]> {
  const { path } = entry;
  const book = books.get(path);
  const made = book ? [] : pathsTo(path).filter((each) => !books.has(each));
  if (!book) await tx.make(path);
  for (const each of made) books.set(each, newBook(each));
  const changes: Change[] = [];
  const before = book?.weight ?? 1;
  if (entry.weight !== undefined && entry.weight !== before) {
    await tx.setWeight(path, entry.weight);
    changes.push({ setting: 'weight', before, after: entry.weight });
  }
  if (entry.spaces !== undefined) changes.push(...(await giveSpaces(tx, { path, wanted: entry.spaces }, spaces)));
  if (entry.allocation !== undefined) changes.push(...(await changeAllocation(tx, entry, book ?? null)));
  const above = made.slice(0, -1).map((each): ShareChanged => ({ path: each, what: 'made', changes: [] }));
  if (!book) return [...above, { path, what: 'made', changes }];
  return changes.length > 0 ? [{ path, what: 'changed', changes }] : [];
}

async function giveSpaces(
  tx: ShareTransaction,
  { path, wanted }: { path: string; wanted: readonly string[] },
  spaces: Map<string, string>,
): Promise<Change[]> {
  const before = [...spaces].flatMap(([space, owner]) => (owner === path ? [space] : [])).sort();
  const after = [...wanted].sort();
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  for (const space of before.filter((each) => !after.includes(each))) {
    await tx.giveSpace(space, null);
    spaces.delete(space);
  }
  for (const space of after) {
    await tx.giveSpace(space, path);
    spaces.set(space, path);
  }
  return [{ setting: 'spaces', before, after }];
}

async function changeAllocation(
  tx: ShareTransaction,
  { path, allocation }: ShareEntry,
  book: ShareBook | null,
): Promise<Change[]> {
  const known = book?.allocation ?? null;
  const before = known && { coreHours: known.coreHours, periodSec: known.periodSec, strict: known.strict };
  const after: NewAllocation | null = allocation
    ? {
        coreHours: allocation.coreHours,
        periodSec: allocation.periodDays === null ? null : allocation.periodDays * daySec,
        strict: allocation.strict,
      }
    : null;
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  await tx.setAllocation(path, after, before && after && before.periodSec === after.periodSec ? 'goes on' : 'anew');
  return [{ setting: 'allocation', before: shown(before), after: shown(after) }];
}

const shown = (allocation: NewAllocation | null): unknown =>
  allocation && {
    coreHours: allocation.coreHours,
    periodDays: allocation.periodSec === null ? null : allocation.periodSec / daySec,
    strict: allocation.strict,
  };

async function changeHalfLife(
  tx: ShareTransaction,
  { before, after }: { before: number; after: number | undefined },
): Promise<ShareChanged[]> {
  if (after === undefined || before === after) return [];
  await tx.setHalfLife(after * hourSec);
  return [{ path: '', what: 'changed', changes: [{ setting: 'halfLifeHours', before, after }] }];
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(names.filter((name) => seen.size === seen.add(name).size))];
}

const newBook = (path: string): ShareBook => {
  return {
    id: -1,
    parentId: null,
    path,
    weight: 1,
    allocation: null,
    coreSec: 0,
    decayedCoreSec: 0,
    outsideCoreSec: 0,
  };
};
