import { LimitRoom, type Charge, type LimitLeft, type Room } from '#core';
import type { KnownLimits, LeaseStore, LimitName, ReadyClass } from '../ports/lease-store.js';

/**
 * Knows which limits there are, what is charged to them, and how much room each had when it was looked at last. It decides
 * what a broker tries; whether a cap is kept, the grant's own statement decides.
 */
export class LimitBook {
  private change = '';
  private isOld = true;
  /** By key. */
  private readonly limits = new Map<string, LimitName & { id: number }>();
  private readonly names = new Map<number, LimitName>();
  private readonly ofClass = new Map<number, readonly number[]>();
  /** As of the last look, less what was handed out since. Of a limit that is not in it nothing is known. */
  private readonly left = new Map<number, LimitLeft>();
  /** Limits under which something ended since a look began: it may not have seen that. */
  private readonly freed = new Set<number>();

  constructor(private readonly store: Pick<LeaseStore, 'limits' | 'limitRoom'>) {}

  /** There may be other limits, or other caps. */
  expire(): void {
    this.isOld = true;
    this.left.clear();
  }

  /** Something has ended under these limits. */
  noteFreed(ids: readonly number[]): void {
    for (const id of ids) this.freed.add(id);
  }

  async learn(): Promise<void> {
    if (!this.isOld) return;
    const { change, limits } = await this.store.limits();
    this.isOld = false;
    if (change === this.change) return;
    this.change = change;
    for (const known of [this.limits, this.names, this.ofClass, this.left]) known.clear();
    for (const limit of limits) {
      this.limits.set(keyOf(limit), limit);
      this.names.set(limit.id, limit);
    }
  }

  nameOf(id: number): LimitName | undefined {
    return this.names.get(id);
  }

  /** The limits that a job of a class at a site is charged to. */
  charged(of: ReadyClass, site: string): readonly number[] {
    if (this.limits.size === 0) return none;
    const own = this.chargedAnywhere(of);
    const here = this.limits.get(keyOf({ kind: 'site', name: site }));
    return here ? [...own, here.id] : own;
  }

  /** Those among them that have no room for one job, by what is known. */
  full(of: ReadyClass, site: string): number[] {
    const millicores = millicoresOf(of);
    return this.charged(of, site).filter((id) => {
      const left = this.freed.has(id) ? undefined : this.left.get(id);
      return left !== undefined && (left.jobs < 1 || left.millicores < millicores);
    });
  }

  /**
   * Room under the limits of these classes at these sites. They are looked at, unless each is known to have room for
   * `wanted` jobs of any of the classes.
   * @returns null where nothing is charged to any.
   */
  async roomFor(classes: readonly ReadyClass[], sites: readonly string[], wanted: number): Promise<Room | null> {
    if (this.limits.size === 0) return null;
    const ids = this.idsOf(classes, new Set(sites));
    if (ids.length === 0) return null;
    const millicores = wanted * Math.max(...classes.map(millicoresOf));
    if (!ids.every((id) => this.isAmple(id, { jobs: wanted, millicores }))) await this.look(ids);
    const byId = new Map(classes.map((each) => [each.id, each]));
    return new LimitRoom(this.left, (classId, waiter): Charge => {
      const of = byId.get(classId);
      const site = sites[waiter];
      return of && site !== undefined ? { limits: this.charged(of, site), millicores: millicoresOf(of) } : nowhere;
    });
  }

  known(charged: boolean): KnownLimits {
    return { change: this.change, charged };
  }

  private idsOf(classes: readonly ReadyClass[], sites: ReadonlySet<string>): number[] {
    const ids = new Set(classes.flatMap((of) => this.chargedAnywhere(of)));
    for (const name of sites) {
      const here = this.limits.get(keyOf({ kind: 'site', name }));
      if (here) ids.add(here.id);
    }
    return [...ids];
  }

  /** What is known is what was left at the last look, less what was handed out since: what ended since is more room. */
  private isAmple(id: number, wanted: LimitLeft): boolean {
    const left = this.left.get(id);
    return left !== undefined && left.jobs >= wanted.jobs && left.millicores >= wanted.millicores;
  }

  /** Places that come free while we look are found by the next look. */
  private async look(ids: number[]): Promise<void> {
    for (const id of ids) this.freed.delete(id);
    const rooms = await this.store.limitRoom(ids);
    for (const { id, jobs, millicores } of rooms) {
      this.left.set(id, { jobs: jobs ?? Infinity, millicores: millicores ?? Infinity });
    }
    if (rooms.length < ids.length) this.isOld = true; // one was removed
  }

  private chargedAnywhere(of: ReadyClass): readonly number[] {
    const known = this.ofClass.get(of.id);
    if (known) return known;
    const names: LimitName[] = [
      ...of.limits.map((name) => ({ kind: 'named' as const, name })),
      { kind: 'space', name: of.space },
      { kind: 'user', name: of.owner },
      ...(of.workflow === '' ? [] : [{ kind: 'workflow' as const, name: of.workflow }]),
    ];
    const ids = names.flatMap((name) => this.limits.get(keyOf(name))?.id ?? []);
    this.ofClass.set(of.id, ids);
    return ids;
  }
}

const none: readonly number[] = [];
const nowhere: Charge = { limits: none, millicores: 1 };

const keyOf = ({ kind, name }: LimitName): string => `${kind} ${name}`;

/** As limits_on() of the database counts them. */
const millicoresOf = ({ cores }: ReadyClass): number => Math.max(1, Math.round(cores * 1_000));
