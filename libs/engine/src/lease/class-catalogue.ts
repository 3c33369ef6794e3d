import type { LeaseStore, ReadyClass } from '../ports/lease-store.js';
import { fits, type WorkerOffer } from './fits.js';

/** Most kinds of workers remembered. */
const offersMax = 10_000;

/** Knows every ready class, and which ones a worker may run. Classes are only ever added. */
export class ClassCatalogue {
  private readonly classes = new Map<number, ReadyClass>();
  private readonly fits = new Map<string, { of: number; ids: Set<number> }>();
  /** Walltimes that classes ask for, in seconds. */
  private readonly walltimes = new Set<number>();
  private newest = 0;

  constructor(private readonly store: Pick<LeaseStore, 'classesAfter'>) {}

  /**
   * Reads the classes that came since; needed when an id is unknown. Ids do not come in order: an upload that drew its id
   * earlier may commit later, so that an unknown id may be older than the newest that is known.
   */
  async learn(ids: Iterable<number>): Promise<void> {
    const unknown = [...ids].filter((id) => !this.classes.has(id));
    if (unknown.length === 0) return;
    const after = unknown.reduce((least, id) => Math.min(least, id - 1), this.newest);
    for (const added of await this.store.classesAfter(after)) {
      this.classes.set(added.id, added);
      if (added.walltimeSec !== null) this.walltimes.add(added.walltimeSec);
      this.newest = Math.max(this.newest, added.id);
    }
  }

  /** A class that was learnt. */
  get(id: number): ReadyClass | undefined {
    return this.classes.get(id);
  }

  /** Ids of the classes that a worker may run. */
  fitting(offer: WorkerOffer): ReadonlySet<number> {
    const key = JSON.stringify({ ...offer, walltimeLeftSec: this.longestWithin(offer.walltimeLeftSec) });
    const known = this.fits.get(key);
    if (known?.of === this.classes.size) return known.ids;
    const ids = new Set([...this.classes.values()].filter((one) => fits(one, offer)).map((one) => one.id));
    if (this.fits.size >= offersMax) this.fits.clear(); // the live ones are made again
    this.fits.set(key, { of: this.classes.size, ids });
    return ids;
  }

  /** Workers are alike while the same walltimes fit them: the seconds that each has left would be a key for each. */
  private longestWithin(leftSec: number | null): number | null {
    if (leftSec === null) return null;
    return [...this.walltimes].reduce((longest, sec) => (sec <= leftSec ? Math.max(longest, sec) : longest), 0);
  }
}
