import type { LeaseStore, ReadyClass, SessionOffer } from '../ports/lease-store.js';

/** Knows every ready class, and which ones a worker may run. Classes are only ever added. */
export class ClassCatalogue {
  private readonly classes = new Map<number, ReadyClass>();
  private readonly fits = new Map<string, { of: number; ids: Set<number> }>();
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
      this.newest = Math.max(this.newest, added.id);
    }
  }

  /** Ids of the classes that a session may run. */
  fitting(session: SessionOffer): ReadonlySet<number> {
    const key = JSON.stringify([session.site, session.cores, session.memoryMib, session.transforms]);
    const known = this.fits.get(key);
    if (known?.of === this.classes.size) return known.ids;
    const ids = new Set([...this.classes.values()].filter((one) => fits(one, session)).map((one) => one.id));
    this.fits.set(key, { of: this.classes.size, ids });
    return ids;
  }
}

/** Whether a worker could run jobs of a class when it is empty. */
export function fits(ready: ReadyClass, session: SessionOffer): boolean {
  return (
    ready.mode !== 'push' &&
    ready.cores <= session.cores &&
    ready.memoryMib <= session.memoryMib &&
    ready.gpus === 0 &&
    (ready.sites.length === 0 || ready.sites.includes(session.site)) &&
    session.transforms.some((offer) => offers(offer, ready.transform))
  );
}

/** `command@1` offers `command` and `command@1`. */
export const offers = (offer: string, wanted: string): boolean =>
  offer === wanted || (offer.startsWith(wanted) && offer.charAt(wanted.length) === '@');
