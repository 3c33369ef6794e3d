import type { ShareBook, ShareBooks } from './share-store.js';

/** An allocation as people set it. */
export interface NewAllocation {
  coreHours: number;
  periodSec: number | null;
  strict: boolean;
}

export interface ShareSettings {
  halfLifeSec: number;
  /** Path of the node of each space that was given to one. */
  spaces: Map<string, string>;
}

/** One transaction that changes shares, alone. */
export interface ShareTransaction {
  books(): Promise<ShareBook[]>;
  settings(): Promise<ShareSettings>;
  setHalfLife(sec: number): Promise<void>;
  /** With those above it, as far as they do not exist. */
  make(path: string): Promise<void>;
  setWeight(path: string, weight: number): Promise<void>;
  /** `anew`: its period begins now, with nothing used. */
  setAllocation(path: string, allocation: NewAllocation | null, period: 'anew' | 'goes on'): Promise<void>;
  giveSpace(space: string, path: string | null): Promise<void>;
  /** @returns how many shares are below it, and workflows its own. */
  belongings(path: string): Promise<{ shares: number; workflows: number }>;
  remove(path: string): Promise<void>;
  /** @returns false when a report of this name was counted before. */
  noteReport(site: string, report: string, coreSec: number): Promise<boolean>;
  addOutside(site: string, use: readonly { path: string; coreSec: number }[]): Promise<void>;
}

export interface ShareAdmin extends ShareBooks {
  /** `dryRun`: all of it is rolled back. */
  change<T>(options: { dryRun: boolean }, work: (tx: ShareTransaction) => Promise<T>): Promise<T>;
  settings(): Promise<ShareSettings>;
  /** Ready jobs of each leaf, by id. */
  readyJobs(): Promise<Map<number, number>>;
}
