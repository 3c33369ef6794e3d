import { WaiterRoom, WorkerRoom, type JobNeeds, type Proven, type Slice, type Waiter } from '#core';
import type { PeekedRow, ReadyClass } from '../ports/lease-store.js';
import type { WorkerOffer } from './fits.js';
import type { LeaseAsk } from './lease-answer.js';
import type { PassedOver } from './passed-over.js';

/** What a worker that waits may be given. What it does not say of its GPUs and disk is taken as free. */
export function waiterOf(
  { free, max }: LeaseAsk,
  { offer, classes, proven }: { offer: WorkerOffer; classes: ReadonlySet<number>; proven: Proven | null },
): Waiter {
  const { gpus = offer.gpus, diskMib = offer.diskMib, walltimeLeftSec } = free;
  const room = new WaiterRoom({
    free: WorkerRoom.of({ cores: free.cores, memoryMib: free.memoryMib, gpus, diskMib }),
    whole: WorkerRoom.of(offer),
    walltimeLeftSec,
    proven,
  });
  return { classes, max, room };
}

/** What is known of the jobs of rows. */
export interface Known {
  classOf: (id: number) => ReadyClass | undefined;
  usualMs: (row: PeekedRow) => number | null;
  /** Whether room is kept for one job of a class. */
  isDue: (classId: number) => boolean;
}

/** Rows with what their jobs take: of one class and usual time the same object. */
export function rowsWithNeeds(rows: readonly PeekedRow[], { classOf, usualMs, isDue }: Known): PeekedRow[] {
  const byClass = new Map<number, Map<number | null, JobNeeds>>();
  return rows.map((row) => {
    const isFirst = !byClass.has(row.classId);
    const byTime = byClass.get(row.classId) ?? new Map<number | null, JobNeeds>();
    byClass.set(row.classId, byTime);
    const readyClass = classOf(row.classId);
    if (!readyClass) return row;
    const usual = usualMs(row);
    const needs = byTime.get(usual) ?? needsOf(readyClass, usual);
    byTime.set(usual, needs);
    return isFirst && isDue(row.classId) ? { ...row, needs, reserve: true } : { ...row, needs };
  });
}

const needsOf = (of: ReadyClass, usualMs: number | null): JobNeeds => {
  const { id: classId, cores, memoryMib, gpus, diskMib, walltimeSec } = of;
  return { classId, cores, memoryMib, gpus, diskMib, walltimeSec, usualMs };
};

/** What a round did, to say which classes were passed. */
export interface DealtRound {
  waiters: readonly Waiter[];
  rows: readonly PeekedRow[];
  slices: readonly Slice[];
}

/**
 * Notes for the first row of each leaf whether others were given something by workers that it is too wide for.
 * @param leafOf the leaf of the tree of shares that a row belongs to.
 */
export function notePassed(
  { waiters, rows, slices }: DealtRound,
  passed: PassedOver,
  { leafOf, nowMs }: { leafOf: (row: PeekedRow) => number; nowMs: number },
): void {
  const given = new Set(slices.map(({ row }) => rows[row]?.classId));
  const kinds = new Set(slices.flatMap(({ waiter }) => waiters[waiter]?.classes ?? []));
  const leaves = new Set<number>();
  for (const row of rows) {
    const leaf = leafOf(row);
    if (leaves.has(leaf)) continue;
    leaves.add(leaf);
    const { classId } = row;
    const isPassed = !given.has(classId) && [...kinds].some((classes) => classes.has(classId));
    passed.note(classId, { isPassed, nowMs });
  }
}
