/**
 * Owns which ready jobs go to which waiting worker. Knows nothing of time, stores or wires.
 *
 * A1  A worker gets only jobs of classes that it may run.
 * A2  A row of ready jobs is handed out from its front, each job at most once.
 * A3  Jobs of one kind are shared out evenly among the workers that wait for them, up to what each asked for, so that
 *     the first one does not take all. What one cannot take of its part, a second turn gives to others. A part is of as
 *     few lots as may be: what ends together is settled together.
 * A4  Lots are served in the order of their first rows, but for what fits a worker better, of the first few that fit it.
 * A5  Nobody is given more than limits allow, nor than its room: both are asked before and told after each handing out.
 * A6  What begins at once goes first, to all; then comes work ahead.
 */
import { bestFit } from './best-fit.js';
import type { JobNeeds } from './job-needs.js';
import type { Room } from './limit-room.js';
import { aheadMs, type Depth, type WaiterRoom } from './waiter-room.js';
import type { JobSize } from './worker-room.js';

/** A worker that waits. */
export interface Waiter {
  /** Classes it may run. Workers that are alike have the same set. */
  readonly classes: ReadonlySet<number>;
  /** Most jobs it wants. */
  readonly max: number;
  /** It is told what the worker was given. None: only `max` counts. */
  readonly room?: WaiterRoom;
}

/** Jobs of one class that became ready together. */
export interface ReadyRow {
  readonly id: string;
  readonly classId: number;
  readonly jobs: number;
  /** What one of them takes. Rows of one class with the same object are one lot. None: it fits everywhere. */
  readonly needs?: JobNeeds;
  /** One job of it goes before all to a worker with too little free, which keeps room for it: wide jobs must not starve. */
  readonly reserve?: boolean;
}

/** Jobs first..last (from 1, both included) of a row, for one waiter. */
export interface Slice {
  readonly waiter: number;
  readonly row: number;
  readonly first: number;
  readonly last: number;
}

/** Jobs that take less are alike in how long they take. */
const briefMs = 1_000;
/** Lots among which best fit chooses. */
const lookAheadMax = 32;

/**
 * @param room what limits allow; it is told what was given, so that it may be used for several calls. None: no limit.
 * @returns slices, those of one row consecutive from its front.
 */
export function assignReady(waiters: readonly Waiter[], rows: readonly ReadyRow[], room: Room | null = null): Slice[] {
  const dealing = new Dealing(waiters, rows, room);
  dealing.reserve();
  for (const depth of ['now', 'ahead'] as const) {
    dealing.deal(new Map(rows.map((_, place) => [place, dealing.jobsLeft(place)])), depth);
  }
  return dealing.slices;
}

/** Rows that are alike, with what is offered of them. */
interface Lot {
  readonly classId: number;
  readonly needs: JobNeeds | null;
  readonly members: { readonly row: number; jobs: number }[];
  jobs: number;
  /** Members before this one are taken. */
  first: number;
}

/** Lots of which one job takes the same of the same workers: to a worker they are all one. */
interface Kind {
  jobs: number;
  /** Whose waiters may run them. */
  readonly lines: readonly Line[];
}

/** Waiters that are alike. */
interface Line {
  readonly classes: ReadonlySet<number>;
  /** Lots before this one are taken, or not for them. */
  first: number;
  /** Waiters that have not had their turn. */
  waiters: number;
}

/** Each waiter that has room gets what it may. */
interface Turn {
  readonly depth: Depth;
  /** Whether nobody gets more than an even part. */
  readonly isEven: boolean;
  readonly lots: readonly Lot[];
  /** No lot takes less than this. */
  readonly least: JobSize;
  readonly lines: ReadonlyMap<ReadonlySet<number>, Line>;
  readonly kinds: ReadonlyMap<Lot, Kind>;
}

/** What a waiter may be given of the lots of one kind. */
interface Part {
  jobs: number;
}

/** A lot that a waiter may be given something of. */
interface Choice {
  readonly lot: Lot;
  readonly part: Part;
  /** Its part of what limits allow. */
  allowed: number;
}

/** One round: what is left of waiters and rows while some is handed out after other. */
export class Dealing {
  readonly slices: Slice[] = [];
  /** Jobs that each waiter may still get. */
  private readonly left: number[];
  /** Jobs taken of each row. */
  private readonly taken: number[];
  /** Slices that stay as they are. */
  private sealed = 0;

  constructor(
    private readonly waiters: readonly Waiter[],
    private readonly rows: readonly ReadyRow[],
    private readonly limits: Room | null,
  ) {
    this.left = waiters.map(({ max }) => max);
    this.taken = rows.map(() => 0);
  }

  jobsLeft(row: number): number {
    return (this.rows[row]?.jobs ?? 0) - (this.taken[row] ?? 0);
  }

  /** Jobs that a waiter may still get; 0 also when its room is used up. */
  open(waiter: number, depth: Depth): number {
    const left = this.left[waiter] ?? 0;
    const { room } = this.waiters[waiter] ?? {};
    return room && room.capacity(depth) <= 0 ? 0 : left;
  }

  /** One job of each row that asks for it goes to the worker that lacks least. */
  reserve(): void {
    this.rows.forEach(({ reserve, classId, needs }, row) => {
      if (reserve !== true || !needs || this.jobsLeft(row) === 0) return;
      const able = this.waiters.flatMap(({ classes, room }, no) =>
        room && classes.has(classId) && (this.left[no] ?? 0) > 0 && room.fitsLater(needs) ? [{ no, room }] : [],
      );
      if (able.some(({ room }) => room.places(needs, 'now') > 0)) return; // it goes the usual way
      able.sort((a, b) => b.room.free.cores - a.room.free.cores);
      const found = able.find(({ no }) => (this.limits?.places(classId, no) ?? 1) > 0);
      if (!found) return;
      const lot = { classId, needs, members: [{ row, jobs: 1 }], jobs: 1, first: 0 };
      this.give(found.no, lot, { jobs: 1, depth: 'now' });
    });
  }

  /** @param offer how many jobs of which rows, in the order of service. */
  deal(offer: ReadonlyMap<number, number>, depth: Depth): void {
    this.sealed = this.slices.length;
    const lots = this.lots(offer, depth);
    for (const isEven of [true, false]) {
      const waiting = this.waiters.flatMap((_, no) => (this.open(no, depth) > 0 ? [no] : []));
      const left = lots.filter(({ jobs }) => jobs > 0);
      if (left.length === 0 || waiting.length === 0) return;
      waiting.sort((a, b) => (this.left[a] ?? 0) - (this.left[b] ?? 0)); // what it leaves of its part goes to the others
      const lines = this.lines(waiting);
      const turn = {
        depth,
        isEven,
        lots: left,
        least: leastOf(left),
        lines,
        kinds: kindsOf(left, [...lines.values()]),
      };
      for (const no of waiting) {
        const line = lines.get((this.waiters[no] as Waiter).classes) as Line;
        this.serve(no, line, turn);
        line.waiters -= 1;
      }
    }
  }

  /** Work ahead is of jobs that do not outlast it, but for what goes to who has nothing free. */
  private lots(offer: ReadonlyMap<number, number>, depth: Depth): Lot[] {
    const lots = new Map<JobNeeds | number, Lot>();
    const longestMs = depth === 'now' || this.waiters.some(({ room }) => room?.isFull === true) ? Infinity : aheadMs;
    for (const [row, jobs] of offer) {
      const of = this.rows[row];
      if (!of || jobs <= 0) continue;
      const { classId, needs } = of;
      if ((needs?.usualMs ?? 0) > longestMs) continue;
      const lot = lots.get(needs ?? classId);
      if (lot) {
        lot.members.push({ row, jobs });
        lot.jobs += jobs;
      } else {
        const made = { classId, needs: needs ?? null, members: [{ row, jobs }], jobs, first: 0 };
        lots.set(needs ?? classId, made);
      }
    }
    return [...lots.values()];
  }

  private lines(waiting: readonly number[]): Map<ReadonlySet<number>, Line> {
    const lines = new Map<ReadonlySet<number>, Line>();
    for (const no of waiting) {
      const { classes } = this.waiters[no] as Waiter;
      const known = lines.get(classes);
      if (known) known.waiters += 1;
      else lines.set(classes, { classes, first: 0, waiters: 1 });
    }
    return lines;
  }

  /** Gives one waiter its turn. */
  private serve(no: number, line: Line, turn: Turn): void {
    const { lots, depth } = turn;
    const { room } = this.waiters[no] as Waiter;
    const chooses = room !== undefined && depth === 'now';
    for (let lot = lots[line.first]; lot; lot = lots[++line.first]) {
      if (lot.jobs > 0 && line.classes.has(lot.classId)) break;
    }
    const parts = new Map<Kind, Part>();
    let next = line.first;
    let choices: Choice[] = [];
    while ((this.left[no] ?? 0) > 0) {
      choices = choices.filter((choice) => this.placesOf(no, choice, depth) > 0);
      for (; choices.length < (chooses ? lookAheadMax : 1) && next < lots.length; next += 1) {
        if (chooses && !room.free.fits(turn.least)) break; // full
        const lot = lots[next] as Lot;
        if (lot.jobs === 0 || !line.classes.has(lot.classId)) continue;
        const choice = this.choiceOf(no, lot, { turn, parts });
        if (this.placesOf(no, choice, depth) > 0) choices.push(choice);
      }
      const choice = choices[chooses ? this.choose(room, choices) : 0];
      if (!choice) return;
      const places = this.placesOf(no, choice, depth);
      // Half of what fits at a time, since what fits best changes while the room is filled.
      const jobs = choices.every(({ part }) => part === choice.part) ? places : Math.ceil(places / 2);
      choice.part.jobs -= jobs;
      choice.allowed -= jobs;
      this.give(no, choice.lot, { jobs, depth });
      (turn.kinds.get(choice.lot) as Kind).jobs -= jobs;
    }
  }

  /** A3 */
  private choiceOf(no: number, lot: Lot, { turn, parts }: { turn: Turn; parts: Map<Kind, Part> }): Choice {
    const kind = turn.kinds.get(lot) as Kind;
    const waiters = turn.isEven ? kind.lines.reduce((sum, line) => sum + line.waiters, 0) : 1;
    const part = parts.get(kind) ?? { jobs: Math.ceil(kind.jobs / waiters) };
    parts.set(kind, part);
    return { lot, part, allowed: Math.ceil((this.limits?.places(lot.classId, no) ?? Infinity) / waiters) };
  }

  private placesOf(no: number, { lot, part, allowed }: Choice, depth: Depth): number {
    return Math.min(part.jobs, allowed, this.places(no, lot, depth));
  }

  private choose(room: WaiterRoom, choices: readonly Choice[]): number {
    if (choices.length < 2) return 0;
    const found = bestFit(
      room.free,
      room.whole,
      choices.map(({ lot }) => lot.needs ?? undefined),
    );
    return Math.max(0, found); // lots of which nothing is known fit everywhere
  }

  /** A5 */
  private places(no: number, { classId, needs, jobs }: Lot, depth: Depth): number {
    const { room } = this.waiters[no] as Waiter;
    const places = Math.min(jobs, this.left[no] ?? 0, room && needs ? room.places(needs, depth) : Infinity);
    return places > 0 && this.limits ? Math.min(places, this.limits.places(classId, no)) : places;
  }

  private give(waiter: number, lot: Lot, { jobs, depth }: { jobs: number; depth: Depth }): void {
    this.limits?.take(lot.classId, waiter, jobs);
    if (lot.needs) this.waiters[waiter]?.room?.take(lot.needs, jobs, depth);
    this.left[waiter] = (this.left[waiter] ?? 0) - jobs;
    lot.jobs -= jobs;
    for (let want = jobs; want > 0;) {
      const member = lot.members[lot.first];
      if (!member) throw new Error(`a lot of class ${lot.classId} has fewer jobs than were given`);
      const take = Math.min(want, member.jobs);
      this.addSlice(waiter, member.row, take);
      member.jobs -= take;
      want -= take;
      if (member.jobs === 0) lot.first += 1;
    }
  }

  private addSlice(waiter: number, row: number, jobs: number): void {
    const before = this.taken[row] ?? 0;
    this.taken[row] = before + jobs;
    const latest = this.slices.length > this.sealed ? this.slices.at(-1) : undefined;
    const first = latest?.waiter === waiter && latest.row === row ? latest.first : before + 1;
    if (first <= before) this.slices.pop();
    this.slices.push({ waiter, row, first, last: before + jobs });
  }
}

const nothing: JobSize = { cores: 0, memoryMib: 0, gpus: 0, diskMib: null };
const largest: JobSize = { ...nothing, cores: Infinity, memoryMib: Infinity };

function leastOf(lots: readonly Lot[]): JobSize {
  let { cores, memoryMib } = largest;
  for (const { needs } of lots) {
    cores = Math.min(cores, needs?.cores ?? 0);
    memoryMib = Math.min(memoryMib, needs?.memoryMib ?? 0);
  }
  return { ...nothing, cores, memoryMib };
}

function kindsOf(lots: readonly Lot[], lines: readonly Line[]): Map<Lot, Kind> {
  const kinds = new Map<string, Kind>();
  const ofLots = new Map<Lot, Kind>();
  for (const lot of lots) {
    const able = lines.flatMap((line, no) => (line.classes.has(lot.classId) ? [no] : []));
    const key = `${sizeText(lot)} ${able.join()}`;
    const kind = kinds.get(key) ?? { jobs: 0, lines: able.flatMap((no) => lines[no] ?? []) };
    kinds.set(key, kind);
    kind.jobs += lot.jobs;
    ofLots.set(lot, kind);
  }
  return ofLots;
}

/** The same for lots of which one job takes as much of a worker as of another, for about as long. */
function sizeText({ classId, needs }: Lot): string {
  if (!needs) return `class ${classId}`;
  const { cores, memoryMib, gpus, diskMib, walltimeSec, usualMs } = needs;
  const doublings = usualMs === null ? null : Math.ceil(Math.log2(Math.max(usualMs, briefMs)));
  return [cores, memoryMib, gpus, diskMib, walltimeSec, doublings].join(' ');
}
