/**
 * Owns which ready jobs go to which waiting worker. Knows nothing of time, stores or wires.
 *
 * A1  A worker gets only jobs of classes that it may run.
 * A2  A row of ready jobs is handed out from its front, each job at most once.
 * A3  Jobs of one class are shared out evenly among the workers that wait for them, up to what each asked for,
 *     so that the first one does not take all.
 * A4  Classes are served in the given order, rows within a class in theirs.
 */

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

/** @returns slices by row in order, consecutive from the row's front. */
export function assignReady(waiters: readonly Waiter[], rows: readonly ReadyRow[]): Slice[] {
  const left = waiters.map((waiter) => waiter.max);
  const slices: Slice[] = [];
  for (const [classId, members] of byClass(rows)) {
    const able = waiters.flatMap((waiter, no) => (waiter.classes.has(classId) && left[no] ? [no] : []));
    able.sort((a, b) => (left[a] ?? 0) - (left[b] ?? 0)); // who asks for less leaves the rest of its part to the others
    deal(members, rows, able, left, slices);
  }
  return slices;
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

/** Deals the rows of one class to `able`; `left` is what each may still get. */
function deal(members: number[], rows: readonly ReadyRow[], able: number[], left: number[], slices: Slice[]): void {
  let jobsLeft = members.reduce((sum, index) => sum + (rows[index]?.jobs ?? 0), 0);
  let member = 0;
  let used = 0;
  able.forEach((waiter, position) => {
    let want = Math.min(left[waiter] ?? 0, Math.ceil(jobsLeft / (able.length - position)));
    while (want > 0 && member < members.length) {
      const row = members[member] as number;
      const size = (rows[row] as ReadyRow).jobs;
      const take = Math.min(want, size - used);
      slices.push({ waiter, row, first: used + 1, last: used + take });
      used += take;
      want -= take;
      jobsLeft -= take;
      left[waiter] = (left[waiter] ?? 0) - take;
      if (used === size) {
        member += 1;
        used = 0;
      }
    }
  });
}
