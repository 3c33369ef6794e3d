/**
 * Owns how one round of free room is divided among leaves, and so which rows are handed out to whom.
 *
 * R1  Room is divided by share, a little at a time: each next piece goes to the leaf whose turn it is, and counts at once.
 * R2  Rows of one leaf go in the order in which they are given: it decides about nobody but itself.
 * R3  Nothing is left idle: room that its leaf cannot use goes to the next, and leaves over their allocation get what is left.
 * R4  What a leaf was given is known afterwards by what it was charged: rows that nobody could take cost nothing.
 */
import { assignReady, type ReadyRow, type Slice, type Waiter } from '../lease/assign-ready.js';
import type { Room } from '../lease/limit-room.js';
import { ShareLine } from './share-line.js';
import type { ShareTree } from './share-tree.js';

/** A ready row with its owner. */
export interface SharedRow extends ReadyRow {
  readonly leaf: number;
  /** What one job of it counts for when it is handed out, in core seconds, over 0. */
  readonly promise: number;
  /** Whether its leaf is over an allocation: it gets only what nobody else wants. */
  readonly over: boolean;
}

/** What a round is divided by. */
export interface ShareRound {
  tree: ShareTree;
  /** Use of a node in core seconds, of a group with all below it. */
  useOf: (id: number) => number;
  /** What limits allow; null: no limit. */
  room?: Room | null;
  /** Place of a row of which one job goes before all; null: none. */
  first?: number | null;
}

/** Pieces that the room of a round is divided into: what is given wrongly by rounding is less than one of them. */
const piecesOfRound = 512;
/** Times that room is divided anew because what was meant for a leaf fitted nobody; then the rest is given as it comes. */
const divisionsMax = 8;

/**
 * Divides the room of all who wait.
 * @param rows in the order of their leaf; those of different leaves in any order.
 * @returns slices, those of one row consecutive from its front.
 */
export function assignByShare(
  waiters: readonly Waiter[],
  rows: readonly SharedRow[],
  { tree, useOf, room = null, first = null }: ShareRound,
): Slice[] {
  const round = new Round(waiters, rows, { tree, useOf, room });
  if (first !== null && rows[first]) round.hand(new Map([[first, 1]]));
  round.divide(rows.flatMap((row, place) => (row.over ? [] : [place])));
  round.divide(rows.flatMap((row, place) => (row.over ? [place] : [])));
  return round.slices;
}

class Round {
  readonly slices: Slice[] = [];
  /** Jobs that each waiter may still get, and that were taken of each row. */
  private readonly left: number[];
  private readonly taken: number[];
  /** Charged in this round, by node. */
  private readonly charged = new Map<number, number>();

  constructor(
    private readonly waiters: readonly Waiter[],
    private readonly rows: readonly SharedRow[],
    private readonly by: Omit<ShareRound, 'first'>,
  ) {
    this.left = waiters.map((waiter) => waiter.max);
    this.taken = rows.map(() => 0);
  }

  divide(places: number[]): void {
    let wanted = this.fitting(places);
    for (let division = 0; division < divisionsMax && wanted.length > 0; division += 1) {
      const jobs = this.left.reduce((sum, left) => sum + left, 0);
      const parts = this.parts(wanted, jobs);
      const before = [...this.taken];
      this.hand(parts);
      const isStuck = (place: number): boolean => parts.has(place) && this.taken[place] === before[place]; // by a limit
      wanted = this.fitting(wanted).filter((place) => !isStuck(place));
    }
    this.hand(new Map(this.fitting(places).map((place) => [place, this.jobsLeft(place)])));
  }

  /** Rows that somebody with room may run. */
  private fitting(places: number[]): number[] {
    const kinds = new Set(this.waiters.flatMap((waiter, no) => (this.left[no] ? [waiter.classes] : [])));
    const known = new Map<number, boolean>();
    const fits = (classId: number): boolean => {
      const answer = known.get(classId) ?? [...kinds].some((classes) => classes.has(classId));
      known.set(classId, answer);
      return answer;
    };
    return places.filter((place) => this.jobsLeft(place) > 0 && fits(this.row(place).classId));
  }

  /** @returns jobs by row, in the order in which the rows had their first turn. @see R1 */
  private parts(places: number[], room: number): Map<number, number> {
    const queues = new Map<number, number[]>();
    for (const place of places) {
      const { leaf } = this.row(place);
      const queue = queues.get(leaf);
      if (queue) queue.push(place);
      else queues.set(leaf, [place]);
    }
    for (const queue of queues.values()) queue.reverse(); // the next one last, where it is popped
    const line = new ShareLine(this.by.tree, queues.keys(), (id) => this.by.useOf(id) + (this.charged.get(id) ?? 0));
    const piece = Math.ceil(room / piecesOfRound);
    const parts = new Map<number, number>();
    let jobsLeft = room;
    for (let leaf = line.next(); leaf !== null && jobsLeft > 0; leaf = line.next()) {
      const queue = queues.get(leaf) ?? [];
      const place = queue.at(-1) ?? -1;
      const given = parts.get(place) ?? 0;
      const jobs = Math.min(piece, jobsLeft, this.jobsLeft(place) - given);
      parts.set(place, given + jobs);
      jobsLeft -= jobs;
      if (given + jobs === this.jobsLeft(place)) queue.pop();
      line.charge(jobs * this.row(place).promise, queue.length > 0 ? 'stays' : 'leaves');
    }
    return parts;
  }

  hand(parts: ReadonlyMap<number, number>): void {
    const places = [...parts.keys()];
    const offered = places.map((place) => ({ ...this.row(place), jobs: parts.get(place) ?? 0 }));
    const able = this.waiters.map((waiter, no) => ({ classes: waiter.classes, max: this.left[no] ?? 0 }));
    const before = [...this.taken];
    for (const { waiter, row, first, last } of assignReady(able, offered, this.by.room ?? null)) {
      const place = places[row] ?? -1;
      const from = before[place] ?? 0;
      const jobs = last - first + 1;
      this.slices.push({ waiter, row: place, first: from + first, last: from + last });
      this.taken[place] = (this.taken[place] ?? 0) + jobs;
      this.left[waiter] = (this.left[waiter] ?? 0) - jobs;
      this.charge(this.row(place).leaf, jobs * this.row(place).promise);
    }
  }

  private charge(leaf: number, coreSec: number): void {
    for (const id of this.by.tree.pathTo(leaf)) this.charged.set(id, (this.charged.get(id) ?? 0) + coreSec);
  }

  private row(place: number): SharedRow {
    const row = this.rows[place];
    if (!row) throw new Error(`no row at ${place}: rows are named by their place`);
    return row;
  }

  private jobsLeft(place: number): number {
    return this.row(place).jobs - (this.taken[place] ?? 0);
  }
}
