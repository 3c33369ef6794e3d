import type { LimitCaps, LimitView } from '#contracts';
import type { VisibleSpaces } from '#core';
import type { LimitName } from './lease-store.js';

/** Caps on what may be with workers at once. */
export interface LimitStore {
  /** Those that concern the asker: named ones and those of sites, of spaces that it sees, and its own. */
  list(asker: { visible: VisibleSpaces; subject: string }): Promise<LimitView[]>;
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
