/**
 * Owns how one round of free room is divided among leaves, and so which rows are handed out to whom.
 *
 * R1  Room is divided by share, a little at a time: each next piece goes to the leaf whose turn it is, and counts at once.
 * R2  Rows of one leaf go in the order in which they are given: it decides about nobody but itself.
 * R3  Nothing is left idle: room that its leaf cannot use goes to the next, and leaves over their allocation get what is left.
 *     Jobs that begin at once are divided first, then work ahead: that of known time before the rest, which may take long
 *     and so goes ahead only where nothing else would. But one job of each class of unknown time has its turn among those of
 *     known time: where short jobs keep all workers busy nothing ever begins at once, and its time would never be known.
 * R4  A piece is at least what one waiter takes at a time, if that is soon done: what ends together is settled together.
 *     A turn that began with jobs to run at once goes on with work ahead.
 * R5  What a leaf was given is known afterwards by what it was charged: rows that nobody could take cost nothing.
 */
import { Dealing, type ReadyRow, type Slice, type Waiter } from '../lease/assign-ready.js';
import type { JobNeeds } from '../lease/job-needs.js';
import type { Room } from '../lease/limit-room.js';
import { aheadMs, type Depth } from '../lease/waiter-room.js';
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
/** A waiter's jobs are dealt as one piece when they keep it busy for no longer, in seconds. */
const pieceSec = 1;
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
  round.begin(first);
  const within = rows.flatMap((row, place) => (row.over ? [] : [place]));
  const over = rows.flatMap((row, place) => (row.over ? [place] : []));
  for (const places of [within, over]) round.divide(places, 'now');
  for (const places of [within, over]) {
    round.divideKnown(places);
    round.divide(places, 'ahead');
  }
  return round.slices;
}

/** What a division divides: jobs that waiters want, and cores with the memory that belongs to each. */
interface Capacity {
  readonly jobs: number;
  readonly cores: number;
  /** Of one core; Infinity: memory is not what is short. */
  readonly mibPerCore: number;
  /** Most jobs that one waiter wants. */
  readonly jobsOfOne: number;
  /** Most cores that one waiter is known to have, free or not. */
  readonly coresOfOne: number;
}

/** The turn of one leaf. */
interface Turn {
  readonly leaf: number;
  /** Jobs until it is over. */
  jobsLeft: number;
  coreSec: number;
}

const nothingKept: ReadonlyMap<number, number> = new Map();

/** No leaf has this id. */
const nobody: Turn = { leaf: -1, jobsLeft: 0, coreSec: 0 };

class Round {
  private readonly dealing: Dealing;
  /** Charged in this round, by node, for this many slices. */
  private readonly charged = new Map<number, number>();
  private chargedSlices = 0;
  /** How many times as many of a class of unknown time come as fit. */
  private readonly growths = new Map<number, number>();
  /** The last one, if it is not over. */
  private turn = nobody;
  /** Jobs that are kept out of this division, by place. */
  private kept = nothingKept;

  constructor(
    private readonly waiters: readonly Waiter[],
    private readonly rows: readonly SharedRow[],
    private readonly by: Omit<ShareRound, 'first'>,
  ) {
    this.dealing = new Dealing(waiters, rows, by.room ?? null);
  }

  get slices(): Slice[] {
    return this.dealing.slices;
  }

  /** What goes before all. */
  begin(first: number | null): void {
    this.dealing.reserve();
    this.charge();
    if (first === null || !this.rows[first]) return;
    const jobsLeft = this.dealing.jobsLeft(first);
    for (const depth of ['now', 'ahead'] as const) {
      if (jobsLeft > 0 && this.dealing.jobsLeft(first) === jobsLeft) this.hand(new Map([[first, 1]]), depth);
    }
  }

  /** As work ahead: those of known time, and one job of each other class. */
  divideKnown(places: number[]): void {
    const unknown = places.filter((place) => this.row(place).needs?.usualMs === null);
    const firsts = new Map([...unknown].reverse().map((place) => [this.row(place).classId, place]));
    const isFirst = new Set(firsts.values());
    this.kept = new Map(
      unknown.map((place) => [place, Math.max(0, this.dealing.jobsLeft(place) - (isFirst.has(place) ? 1 : 0))]),
    );
    this.divide(places, 'ahead');
    this.kept = nothingKept;
  }

  divide(places: number[], depth: Depth): void {
    if (places.length === 0) return;
    let wanted = this.fitting(places, depth);
    for (let division = 0; division < divisionsMax && wanted.length > 0; division += 1) {
      const parts = this.parts(wanted, depth);
      const before = new Map(wanted.map((place) => [place, this.offered(place)]));
      this.hand(parts, depth);
      // Nobody had room for it, or a limit kept it back.
      const isStuck = (place: number): boolean => parts.has(place) && this.offered(place) === before.get(place);
      wanted = this.fitting(wanted, depth).filter((place) => !isStuck(place));
    }
    this.hand(new Map(this.fitting(places, depth).map((place) => [place, this.offered(place)])), depth);
  }

  private offered(place: number): number {
    return this.dealing.jobsLeft(place) - (this.kept.get(place) ?? 0);
  }

  /** Rows that somebody with room may run. */
  private fitting(places: number[], depth: Depth): number[] {
    const open = this.waiters.filter((_, no) => this.dealing.open(no, depth) > 0);
    const kinds = new Set(open.map(({ classes }) => classes));
    const known = new Map<number, boolean>();
    const fits = (classId: number): boolean => {
      const answer = known.get(classId) ?? [...kinds].some((classes) => classes.has(classId));
      known.set(classId, answer);
      return answer;
    };
    return places.filter((place) => this.offered(place) > 0 && fits(this.row(place).classId));
  }

  private capacity(depth: Depth): Capacity {
    let [jobs, cores, memoryMib, jobsOfOne, coresOfOne] = [0, 0, 0, 0, 0];
    this.waiters.forEach(({ room }, no) => {
      const wanted = this.dealing.open(no, depth);
      if (wanted === 0) return;
      const open = room ? room.capacity(depth) : Infinity;
      jobs += wanted;
      cores += open;
      jobsOfOne = Math.max(jobsOfOne, wanted);
      if (room) coresOfOne = Math.max(coresOfOne, room.whole.cores);
      memoryMib += room && depth === 'now' ? Math.max(0, room.free.memoryMib) : Infinity;
    });
    const mibPerCore = Number.isFinite(cores) ? memoryMib / cores : Infinity;
    return { jobs, cores, mibPerCore, jobsOfOne, coresOfOne };
  }

  /** Cores that one job counts for when capacity is divided: for the part of the while ahead that it takes, if it is that. */
  private coresOf(place: number, { mibPerCore }: Capacity, depth: Depth): number {
    const { needs } = this.row(place);
    if (!needs) return 0;
    const cores = Math.max(needs.cores, needs.memoryMib / mibPerCore);
    return depth === 'now' ? cores : (cores * (needs.usualMs ?? aheadMs / this.growthOf(needs))) / aheadMs;
  }

  /** The most that anybody who waits has proven of jobs of a class. */
  private growthOf(needs: JobNeeds): number {
    const known = this.growths.get(needs.classId);
    if (known !== undefined) return known;
    const growth = this.waiters.reduce((most, { room }) => Math.max(most, room?.growth(needs) ?? 1), 1);
    this.growths.set(needs.classId, growth);
    return growth;
  }

  /** @returns jobs by row, in the order in which the rows had their first turn. @see R1 */
  private parts(places: number[], depth: Depth): Map<number, number> {
    const queues = new Map<number, number[]>();
    for (const place of places) {
      const { leaf } = this.row(place);
      const queue = queues.get(leaf);
      if (queue) queue.push(place);
      else queues.set(leaf, [place]);
    }
    for (const queue of queues.values()) queue.reverse(); // the next one last, where it is popped
    const line = new ShareLine(this.by.tree, queues.keys(), this.useBefore(this.turn));
    const capacity = this.capacity(depth);
    let { jobs: jobsLeft, cores: coresLeft } = capacity;
    const parts = new Map<number, number>();
    for (let leaf = line.next(); leaf !== null && jobsLeft > 0 && coresLeft > 0; leaf = line.next()) {
      const queue = queues.get(leaf) ?? [];
      const turn = leaf === this.turn.leaf ? this.turn : this.begunBy(leaf, queue.at(-1) ?? -1, { capacity, depth });
      while (queue.length > 0 && turn.jobsLeft > 0 && jobsLeft > 0 && coresLeft > 0) {
        const place = queue.at(-1) ?? -1;
        const cores = this.coresOf(place, capacity, depth);
        const given = parts.get(place) ?? 0;
        const ofRow = this.offered(place) - given;
        const jobs = Math.min(turn.jobsLeft, jobsLeft, ofRow, cores > 0 ? Math.ceil(coresLeft / cores) : Infinity);
        parts.set(place, given + jobs);
        if (jobs === ofRow) queue.pop();
        jobsLeft -= jobs;
        coresLeft -= jobs * cores;
        turn.jobsLeft -= jobs;
        turn.coreSec += jobs * this.row(place).promise;
      }
      this.turn = turn.jobsLeft > 0 ? turn : nobody;
      line.charge(turn.coreSec, queue.length > 0 ? 'stays' : 'leaves');
    }
    return parts;
  }

  /** Use as it was when a turn began: whose turn it was, it still is. */
  private useBefore({ leaf, coreSec }: Turn): (id: number) => number {
    const own = new Set(this.by.tree.pathTo(leaf));
    return (id) => this.by.useOf(id) + (this.charged.get(id) ?? 0) - (own.has(id) ? coreSec : 0);
  }

  /** @see R4 */
  private begunBy(leaf: number, place: number, { capacity, depth }: { capacity: Capacity; depth: Depth }): Turn {
    const cores = this.coresOf(place, capacity, depth);
    const fine = Math.ceil(Math.min(capacity.jobs, cores > 0 ? capacity.cores / cores : Infinity) / piecesOfRound);
    const brief = Math.floor((pieceSec * capacity.coresOfOne) / this.usualCoreSec(place));
    return { leaf, jobsLeft: Math.max(fine, Math.min(brief, capacity.jobsOfOne)), coreSec: 0 };
  }

  /** What one job takes as a rule; what it is charged where that is not known. */
  private usualCoreSec(place: number): number {
    const { needs, promise } = this.row(place);
    if (!needs || needs.usualMs === null) return promise;
    return Math.max((needs.cores * needs.usualMs) / 1_000, Number.EPSILON);
  }

  private hand(parts: ReadonlyMap<number, number>, depth: Depth): void {
    this.dealing.deal(parts, depth);
    this.charge();
  }

  /** Charges what was handed out since. @see R5 */
  private charge(): void {
    for (; this.chargedSlices < this.slices.length; this.chargedSlices += 1) {
      const { row, first, last } = this.slices[this.chargedSlices] as Slice;
      const { leaf, promise } = this.row(row);
      const coreSec = (last - first + 1) * promise;
      for (const id of this.by.tree.pathTo(leaf)) this.charged.set(id, (this.charged.get(id) ?? 0) + coreSec);
    }
  }

  private row(place: number): SharedRow {
    const row = this.rows[place];
    if (!row) throw new Error(`no row at ${place}: rows are named by their place`);
    return row;
  }
}
