/** A share as the books have it; amounts are its own, without what is below it. */
export interface ShareBook {
  id: number;
  parentId: number | null;
  path: string;
  weight: number;
  /** Core hours that it and all below it may use, in each period. */
  allocation: AllocationBook | null;
  /** Used ever by attempts that ended, and outside. */
  coreSec: number;
  /** What is left of that after the decay. */
  decayedCoreSec: number;
  /** Of `decayedCoreSec`: what sites reported as used outside Sluice. */
  outsideCoreSec: number;
}

export interface AllocationBook {
  coreHours: number;
  /** Null: one period without end. */
  periodSec: number | null;
  fromMs: number;
  /** Used by it and all below it when the period began. */
  usedBeforeCoreSec: number;
  strict: boolean;
  /** Whether the period is over and the next one has to begin. */
  over: boolean;
}

/** What is leased now of one class. */
export interface ClassInFlight {
  classId: number;
  /** Null: of an upload from before there were shares. */
  shareId: number | null;
  /** Cores that run, at most those that the workers have. */
  runningCores: number;
  /** What that counts for already, in core seconds. */
  coreSec: number;
  /** Usual run time in seconds; null: unknown. */
  usualSec: number | null;
}

/** What the order of serving is decided from. */
export interface ShareBooks {
  books(): Promise<ShareBook[]>;
  /** Costs a look at every lease: not for every round. */
  inFlight(): Promise<ClassInFlight[]>;
  /** Begins the next period of allocations whose period is over. */
  beginPeriods(): Promise<void>;
}
