import type { PeekedRow } from '../ports/lease-store.js';

/** What a round is to hand out: classes to look at, and rows that are known. */
export interface WantedWork {
  classes: number[];
  rows: PeekedRow[];
}

/** Most rows remembered from hints; with more, their classes are looked at. */
const rowsMax = 256;

/**
 * What a broker was told is ready. Hints come while a round is under way, and are for the next one.
 * @see L5, L9 and L10 of lease-desk.ts
 */
export class ToldWork {
  /** Classes to look at, with the row that went first when one was looked at last; null: perhaps another does now. */
  private readonly hot = new Map<number, PeekedRow | null>();
  /** Rows to hand out unseen, by id: all there is of classes that are not hot. */
  private readonly fresh = new Map<string, PeekedRow>();
  /** Hot classes that are not looked at for now. @see L10 */
  private readonly tooWide = new Set<number>();
  private changes = 0;

  get isEmpty(): boolean {
    return this.hot.size + this.fresh.size === 0;
  }

  get classCount(): number {
    return this.hot.size;
  }

  /** These classes may have ready jobs. */
  noteReady(classes: Iterable<number>): void {
    for (const id of classes) {
      this.hot.set(id, null);
      this.tooWide.delete(id);
    }
  }

  /** These rows became ready, and nothing else of their classes. */
  noteRows(rows: readonly PeekedRow[]): void {
    for (const row of rows) {
      this.fresh.set(row.id, row);
      this.tooWide.delete(row.classId); // its jobs may take less time than those that were there
    }
    if (this.fresh.size <= rowsMax) return;
    this.noteReady([...this.fresh.values()].map((row) => row.classId));
    this.fresh.clear();
  }

  /** Who waits, what they have free, or what else decides has changed: what nobody could take somebody may take now. */
  noteChange(): void {
    this.changes += 1;
    this.tooWide.clear();
  }

  /** Names this moment, for passOver(). */
  get moment(): number {
    return this.changes;
  }

  /** Classes of all of it. */
  classes(): Set<number> {
    return new Set([...this.hot.keys(), ...[...this.fresh.values()].map((row) => row.classId)]);
  }

  /** What is worth a look, of those classes that fit. */
  wanted(fits: (classId: number) => boolean): WantedWork {
    for (const [id, { classId }] of this.fresh) if (this.hot.has(classId)) this.fresh.delete(id); // the look finds it
    return {
      classes: [...this.hot.keys()].filter((id) => !this.tooWide.has(id) && fits(id)),
      rows: [...this.fresh.values()].filter((row) => fits(row.classId)),
    };
  }

  /** The row of a class that went first when it was looked at last; null: nobody knows. */
  headOf(classId: number): PeekedRow | null {
    return this.hot.get(classId) ?? null;
  }

  /** A round takes this: what hints tell of it from here on is for the next. */
  take({ classes, rows }: WantedWork): void {
    for (const id of classes) this.hot.delete(id);
    for (const { id } of rows) this.fresh.delete(id);
  }

  /** A round left something of this row's class, unless a hint came meanwhile. @returns whether none did. */
  putBack(head: PeekedRow): boolean {
    if (this.hot.has(head.classId)) return false;
    this.hot.set(head.classId, head);
    return true;
  }

  /**
   * Nobody who waited could take anything of a class that was put back.
   * @param since the moment at which the round asked who waits: what has changed after it, it does not know
   */
  passOver(classId: number, { since }: { since: number }): void {
    if (since === this.changes) this.tooWide.add(classId);
  }
}
