/**
 * Owns which ready jobs go to which waiting worker. Knows nothing of time, stores or wires.
 *
 * A1  A worker gets only jobs of classes that it may run.
 * A2  A row of ready jobs is handed out from its front, each job at most once.
 * A3  Jobs of one class are shared out evenly among the workers that wait for them, up to what each asked for,
 *     so that the first one does not take all.
 * A4  Classes are served in the given order, rows within a class in theirs.
 * A5  Nobody is given more than the room allows: it is asked before and told after each handing out.
 */
import type { Room } from './limit-room.js';

/** A worker that waits. */
export interface Waiter {
  /** Classes it may run. */
  readonly classes: ReadonlySet<number>;
  /** Most jobs it wants. */
  readonly max: number;
}

/** Jobs of one class that became ready together. */
export interface ReadyRow {
  readonly id: string;
  readonly classId: number;
  readonly jobs: number;
}

/** Jobs first..last (from 1, both included) of a row, for one waiter. */
export interface Slice {
  readonly waiter: number;
  readonly row: number;
  readonly first: number;
  readonly last: number;
}

/**
 * @param room what limits allow; it is told what was given, so that it may be used for several calls. None: no limit.
 * @returns slices by row in order, consecutive from the row's front.
 */
export function assignReady(waiters: readonly Waiter[], rows: readonly ReadyRow[], room: Room | null = null): Slice[] {
  const dealing: Dealing = { rows, room, left: waiters.map((waiter) => waiter.max), slices: [] };
  const { left } = dealing;
  for (const [classId, members] of byClass(rows)) {
    const able = waiters.flatMap((waiter, no) => (waiter.classes.has(classId) && left[no] ? [no] : []));
    able.sort((a, b) => (left[a] ?? 0) - (left[b] ?? 0)); // who asks for less leaves the rest of its part to the others
    deal(classId, members, able, dealing);
  }
  return dealing.slices;
}

function byClass(rows: readonly ReadyRow[]): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  rows.forEach((row, index) => {
    const members = classes.get(row.classId);
    if (members) members.push(index);
    else classes.set(row.classId, [index]);
  });
  return classes;
}

interface Dealing {
  rows: readonly ReadyRow[];
  room: Room | null;
  /** What each waiter may still get. */
  left: number[];
  slices: Slice[];
}

/** Deals the rows of one class to `able`. A first turn is even; what limits at a waiter keep from it, a second gives to others. */
function deal(classId: number, members: number[], able: number[], { rows, room, left, slices }: Dealing): void {
  let jobsLeft = members.reduce((sum, index) => sum + (rows[index]?.jobs ?? 0), 0);
  let member = 0;
  let used = 0;
  const give = (waiter: number, part: number): number => {
    const jobs = Math.max(0, Math.min(left[waiter] ?? 0, part, room?.places(classId, waiter) ?? Infinity));
    if (jobs > 0) room?.take(classId, waiter, jobs);
    left[waiter] = (left[waiter] ?? 0) - jobs;
    jobsLeft -= jobs;
    for (let want = jobs; want > 0;) {
      const row = members[member] as number;
      const size = (rows[row] as ReadyRow).jobs;
      const take = Math.min(want, size - used);
      slices.push({ waiter, row, first: used + 1, last: used + take });
      used += take;
      want -= take;
      if (used < size) continue;
      member += 1;
      used = 0;
    }
    return jobs;
  };
  let most = jobsLeft;
  if (room)
    most = Math.min(
      most,
      able.reduce((best, waiter) => Math.max(best, room.places(classId, waiter)), 0),
    );
  able.forEach((waiter, position) => {
    most -= give(waiter, Math.ceil(most / (able.length - position)));
  });
  if (room && jobsLeft > 0) for (const waiter of able) give(waiter, jobsLeft);
}
