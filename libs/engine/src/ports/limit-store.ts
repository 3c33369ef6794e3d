import type { LimitCaps, LimitKind, LimitView } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { LimitName } from './lease-store.js';

/** Where a limit stands in the list of all. */
export interface LimitPlace {
  kind: LimitKind;
  /** Its first 500 characters. */
  name: string;
  id: number;
}

/** Caps on what may be with workers at once. */
export interface LimitStore {
  /** Those that concern the asker: named ones and those of sites, of spaces that it sees, and its own. */
  list(asker: { visible: VisibleSpaces; subject: string }): Promise<LimitView[]>;
  /** The same, by kind and name. @param page `after`: place of the last one of the page before; null: from the first */
  page(page: {
    visible: VisibleSpaces;
    subject: string;
    after: LimitPlace | null;
    /** Null: all. */
    rows: number | null;
  }): Promise<{ limits: LimitView[]; last: LimitPlace | null }>;
  /** Those among them that are set. */
  among(limits: readonly LimitName[]): Promise<LimitView[]>;
  /** @returns null for one that nobody has set. */
  read(limit: LimitName): Promise<LimitView | null>;
  /**
   * Sets the caps; of a limit that is new, counts what runs, for which grants and settles wait a moment only. From its return
   * on no grant passes the caps; until then a new limit has none.
   * @returns the limit with what runs under it.
   */
  set(limit: LimitName, caps: LimitCaps): Promise<LimitView>;
  /** As set(), without waiting for what is under way, and nothing is changed. */
  rehearse(limit: LimitName, caps: LimitCaps): Promise<LimitView>;
  /** What runs goes on, uncounted. @returns whether there was one. */
  remove(limit: LimitName): Promise<boolean>;
}
