/**
 * Owns the order in which one broker serves leaves of the tree of shares: what it read of their use, and what it handed
 * out since. Nothing here is needed after a crash: the books and the leases are read again.
 *
 * H1  Books and leases are read at most once a second, and take at most a fiftieth of the time. What a person changed is read
 *     before the next round, five times a second at most.
 * H2  What this broker grants counts at once; what other brokers grant counts from the next reading on.
 * H3  While all that is ready belongs to one leaf, nothing is ordered and next to nothing read.
 * H4  One lease in 64 begins with the oldest ready job, whosever it is: nothing starves.
 * H5  A leaf that is stopped by an allocation gets nothing, whoever tells of its rows.
 */
import {
  assignByShare,
  assignReady,
  inShareOrder,
  promiseOf,
  ShareTree,
  type Room,
  type SharedRow,
  type Slice,
  type Standing,
  type Waiter,
} from '#core';
import type { GrantPlan, PeekedRow, ReadyClass } from '../ports/lease-store.js';
import type { ShareBooks } from '../ports/share-store.js';
import { noShare, readShares, standingIn, type ShareReading } from './share-reading.js';

export interface ShareDeskOptions {
  store: ShareBooks;
  nowMs: () => number;
  /** A reading failed: the order is that of the last one, until one succeeds. */
  onFault?: (fault: unknown) => void;
}

/** What is known of a class, by its id. */
export interface KnownClasses {
  get(id: number): ReadyClass | undefined;
}

interface AssignOptions {
  known: KnownClasses;
  /** The row that goes first, one job of it; null: none. */
  oldest: PeekedRow | null;
  /** What limits allow; null: no limit. */
  room: Room | null;
}

/** Readings begin at least so far apart, in milliseconds; without competition so far. */
const readingMs = 1_000;
const quietReadingMs = 5_000;
/** When there is a leaf that nobody knows, or a person changed something. */
const soonMs = 200;
/** And so many times as far apart as they take. */
const readingRest = 50;
/** Most leaves, and most classes, looked at in one round for workers of one kind. */
const leavesOfRoundMax = 256;
const classesOfRoundMax = 2_048;
/** One lease in so many begins with the oldest ready job. */
const leasesPerOldest = 64;
/** Most classes whose usual run time is remembered. */
const usualMax = 10_000;

const nothingRead: ShareReading = {
  tree: new ShareTree([]),
  books: new Map(),
  use: new Map(),
  runningCores: new Map(),
  usualSec: new Map(),
  allocations: new Map(),
};

export class ShareDesk {
  private reading = nothingRead;
  private readonly usualSec = new Map<number, number>();
  /** What was promised by this broker's grants since the last reading, and since the one under way began, by node. */
  private granted = new Map<number, number>();
  private grantedMeanwhile: Map<number, number> | null = null;
  private nextReadingMs = -Infinity;
  private lastReadingMs = -Infinity;
  private underWay: Promise<void> | null = null;
  /** What was read last may not be so any more: a round waits for the next reading. */
  private isOld = false;
  private leases = 0;

  constructor(private readonly options: ShareDeskOptions) {}

  /**
   * Reads again when it is time, while rounds go on. After a pause in which nobody asked, the reading is waited for: what
   * was read before it says nothing of what ended since. @see H1
   */
  async refresh(): Promise<void> {
    if (this.isOld) await this.underWay; // it began before the change, perhaps
    const nowMs = this.options.nowMs();
    const isDue = nowMs >= this.nextReadingMs;
    const isStale = isDue && (this.isOld || nowMs >= this.nextReadingMs + readingMs);
    if (this.underWay === null && isDue) this.underWay = this.read().finally(() => (this.underWay = null));
    if (isStale) await this.underWay;
  }

  /** A person changed weights, spaces, allocations or use. */
  expire(): void {
    this.isOld = true;
    this.readSoon();
  }

  private readSoon(): void {
    this.nextReadingMs = Math.min(this.nextReadingMs, this.lastReadingMs + soonMs);
  }

  private get isShared(): boolean {
    return this.reading.tree.leafCount > 1;
  }

  /** The last reading, for explanations. */
  get lastReading(): ShareReading {
    return this.reading;
  }

  /**
   * Which classes are worth a look in this round: those whose turn it is, for every kind of worker that waits.
   * @param kinds what each kind of waiting worker may run, and how many jobs it wants.
   */
  choose(classes: readonly number[], kinds: ReadonlyMap<ReadonlySet<number>, number>, known: KnownClasses): number[] {
    const byLeaf = new Map<number, number[]>();
    for (const id of classes) {
      const leaf = known.get(id)?.shareId ?? noShare;
      const own = byLeaf.get(leaf);
      if (own) own.push(id);
      else byLeaf.set(leaf, [id]);
    }
    const budgets = [...kinds].map(([ids, jobs]) => ({ ids, leaves: Math.min(jobs, leavesOfRoundMax) }));
    const chosen: number[] = [];
    for (const leaf of this.inTurn(byLeaf.keys())) {
      const own = byLeaf.get(leaf) ?? [];
      const served = budgets.filter(({ ids, leaves }) => leaves > 0 && own.some((id) => ids.has(id)));
      if (served.length === 0) continue;
      for (const budget of served) budget.leaves -= 1;
      chosen.push(...own);
      if (chosen.length >= classesOfRoundMax) break;
    }
    return chosen.slice(0, classesOfRoundMax);
  }

  /** Whether the next round begins with the oldest ready job. @see H4 */
  get oldestIsDue(): boolean {
    return this.leases >= leasesPerOldest && this.isShared;
  }

  /** Classes that allocations do not stop. */
  allowed(classes: Iterable<number>, known: KnownClasses): number[] {
    return [...classes].filter((id) => this.standing(known.get(id)?.shareId ?? noShare) !== 'stopped');
  }

  /**
   * Divides the rows of a round among those who wait, by share.
   * @param rows in the order in which each leaf wants its own served.
   */
  assign(waiters: readonly Waiter[], rows: readonly PeekedRow[], { known, oldest, room }: AssignOptions): Slice[] {
    const shared = rows.map((row) => this.shared(row, known));
    const leaves = new Set(shared.map(({ leaf }) => leaf));
    this.noteStrangers(leaves);
    const places = shared.flatMap(({ leaf }, place) => (this.standing(leaf) === 'stopped' ? [] : [place]));
    const offered = places.map((place) => shared[place] as SharedRow);
    const slices =
      leaves.size === 1
        ? assignReady(waiters, offered, room)
        : assignByShare(waiters, offered, {
            tree: this.reading.tree,
            useOf: (id) => this.useOf(id),
            room,
            first: oldest === null ? null : offered.findIndex(({ id }) => id === oldest.id),
          });
    if (oldest !== null) this.leases = 0;
    return slices.map((slice) => ({ ...slice, row: places[slice.row] ?? -1 }));
  }

  /** These were granted: they count from now on. @see H2 */
  noteGranted({ rows, slices, workers }: GrantPlan, known: KnownClasses): void {
    this.leases += workers.length;
    if (!this.isShared) return; // H3
    for (const { row, first, last } of slices) {
      const granted = rows[row];
      if (!granted) continue;
      const { leaf, promise } = this.shared(granted, known);
      const coreSec = promise * (last - first + 1);
      for (const id of this.reading.tree.pathTo(leaf)) {
        add(this.granted, id, coreSec);
        if (this.grantedMeanwhile) add(this.grantedMeanwhile, id, coreSec);
      }
    }
  }

  private *inTurn(leaves: Iterable<number>): Generator<number> {
    const turns: Record<Standing, number[]> = { within: [], over: [], stopped: [] };
    for (const leaf of leaves) turns[this.standing(leaf)].push(leaf);
    const useOf = (id: number): number => this.useOf(id);
    yield* inShareOrder(this.reading.tree, turns.within, useOf);
    yield* inShareOrder(this.reading.tree, turns.over, useOf);
  }

  private standing(leaf: number): Standing {
    return standingIn(this.reading, leaf);
  }

  /** Of a node with all below it, as of this moment. */
  private useOf(id: number): number {
    return (this.reading.use.get(id) ?? 0) + (this.granted.get(id) ?? 0);
  }

  /** A leaf that was made since the last reading has no place in the tree yet. */
  private noteStrangers(leaves: Iterable<number>): void {
    for (const leaf of leaves) {
      if (leaf === noShare || this.reading.tree.node(leaf)) continue;
      this.readSoon();
      return;
    }
  }

  private shared(row: PeekedRow, known: KnownClasses): SharedRow {
    const readyClass = known.get(row.classId);
    const leaf = readyClass?.shareId ?? noShare;
    const promise = promiseOf(readyClass?.cores ?? 1, this.usualSec.get(row.classId) ?? null);
    const over = this.standing(leaf) === 'over';
    const usual = { leaf, promise: Math.max(promise, leastPromise), over };
    return over && row.reserve ? { ...row, ...usual, reserve: false } : { ...row, ...usual };
  }

  private async read(): Promise<void> {
    const begunMs = this.options.nowMs();
    this.lastReadingMs = begunMs;
    this.isOld = false;
    this.grantedMeanwhile = new Map();
    try {
      this.reading = await readShares(this.options.store, 'shared');
      this.granted = this.grantedMeanwhile;
      if (this.usualSec.size > usualMax) this.usualSec.clear(); // those in flight are learned again
      for (const [classId, sec] of this.reading.usualSec) this.usualSec.set(classId, sec);
    } catch (fault) {
      this.options.onFault?.(fault);
    }
    this.grantedMeanwhile = null;
    const tookMs = this.options.nowMs() - begunMs;
    const restMs = this.isShared ? readingMs : quietReadingMs;
    this.nextReadingMs = begunMs + Math.max(restMs, tookMs * readingRest);
    if (this.isOld) this.readSoon();
  }
}

/** Jobs of no length at all take turns as well, in core seconds. */
const leastPromise = 0.001;

function add(amounts: Map<number, number>, id: number, amount: number): void {
  amounts.set(id, (amounts.get(id) ?? 0) + amount);
}
