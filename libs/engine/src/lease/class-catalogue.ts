import type { LeaseStore, ReadyClass } from '../ports/lease-store.js';
import { fits, type WorkerOffer } from './fits.js';

/** Knows every ready class, and which ones a worker may run. Classes are only ever added. */
export class ClassCatalogue {
  private readonly classes = new Map<number, ReadyClass>();
  private readonly fits = new Map<string, { upTo: number; ids: Set<number> }>();
  /** Walltimes that classes ask for, in seconds. */
  private readonly walltimes = new Set<number>();
  private newest = 0;

  constructor(private readonly store: Pick<LeaseStore, 'classesAfter'>) {}

  /** Reads the classes that came since; needed when an id is unknown. */
  async learn(ids: Iterable<number>): Promise<void> {
    for (const id of ids) {
      if (this.classes.has(id)) continue;
      for (const added of await this.store.classesAfter(this.newest)) {
        this.classes.set(added.id, added);
        if (added.walltimeSec !== null) this.walltimes.add(added.walltimeSec);
        this.newest = Math.max(this.newest, added.id);
      }
      return;
    }
  }

  /** Ids of the classes that a worker may run. */
  fitting(offer: WorkerOffer): ReadonlySet<number> {
    const { site, cores, memoryMib, transforms, walltimeLeftSec } = offer;
    const key = JSON.stringify([site, cores, memoryMib, transforms, this.longestWithin(walltimeLeftSec)]);
    const known = this.fits.get(key);
    if (known?.upTo === this.newest) return known.ids;
    const ids = new Set([...this.classes.values()].filter((one) => fits(one, offer)).map((one) => one.id));
    this.fits.set(key, { upTo: this.newest, ids });
    return ids;
  }

  /** Workers are alike while the same walltimes fit them: the seconds that each has left would be a key for each. */
  private longestWithin(leftSec: number | null): number | null {
    if (leftSec === null) return null;
    return [...this.walltimes].reduce((longest, sec) => (sec <= leftSec ? Math.max(longest, sec) : longest), 0);
  }
}
