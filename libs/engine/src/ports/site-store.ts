import type { SiteSettings, SiteView, WorkerState, WorkerView } from '#contracts';

export type OrderedHow = 'hand' | 'file';

/** What is kept of a site. */
export interface SiteRow extends SiteSettings {
  name: string;
}

/** Why and by whom something is ordered; texts may be empty. */
export interface OrderNote {
  note: string;
  by: string;
}

/** An open transaction in which sites are changed. */
export interface SiteTransaction {
  /** Locks the sites of these names that are known. */
  lock(names: readonly string[]): Promise<(SiteRow & { orderedHow: OrderedHow })[]>;
  write(sites: readonly SiteRow[], order: OrderNote & { how: OrderedHow }): Promise<void>;
  views(names: readonly string[]): Promise<SiteView[]>;
  /** Hash of the sites file that was applied last; null: none. Nobody else applies one until the transaction ends. */
  lockFile(): Promise<string | null>;
  noteFile(hash: string): Promise<void>;
}

export interface WorkerSelection {
  /** Null: any. */
  sites: readonly string[] | null;
  states: readonly WorkerState[];
  sessions: readonly string[] | null;
  /** Only sessions after this one; '0' for the first. */
  after: string;
  rows: number;
}

export interface SiteStore {
  /** @param names all, if not given */
  list(names?: readonly string[]): Promise<SiteView[]>;
  /** By name. @param after name of the last one of the page before; null: from the first */
  page(request: { after: string | null; rows: number }): Promise<SiteView[]>;
  /** One transaction; with `dryRun` it is rolled back in the end. */
  change<T>(options: { dryRun: boolean }, work: (tx: SiteTransaction) => Promise<T>): Promise<T>;
  /** @returns false: it has workers, or is unknown. */
  remove(name: string, options: { dryRun: boolean }): Promise<boolean>;
  workers(selection: WorkerSelection): Promise<WorkerView[]>;
  /**
   * Tells a worker to end; with `dryRun` that is taken back.
   * @returns the worker after it, null for an unknown one; whether anything changed: not when it was told before, or its
   * session is over.
   */
  orderWorker(
    order: OrderNote & { session: string; verb: 'drain' | 'stop' },
    options: { dryRun: boolean },
  ): Promise<{ worker: WorkerView; changed: boolean } | null>;
}
