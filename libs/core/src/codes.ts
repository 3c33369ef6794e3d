/**
 * Owns the numbers that stand for words in PostgreSQL's hot tables. Numbers are never reused and never change meaning.
 */
export const stateCode = { waiting: 0, ready: 1, leased: 2, finished: 3, failed: 4 } as const;
export const stateWords = ['waiting', 'ready', 'leased', 'finished', 'failed'] as const;
export type StateWord = (typeof stateWords)[number];

/** Attempt outcomes. */
export const outcomeCode = { finished: 3, failed: 4, returned: 5 } as const;

/** 0: no reason (the job did not fail). */
export const reasonCode = {
  error: 1,
  timeout: 2,
  memory: 3,
  cancelled: 4,
  parent_failed: 5,
  lost: 6,
  evicted: 7,
  site: 8,
  rejected: 9,
} as const;
export type ReasonWord = keyof typeof reasonCode;
export const reasonWords = [
  null,
  'error',
  'timeout',
  'memory',
  'cancelled',
  'parent_failed',
  'lost',
  'evicted',
  'site',
  'rejected',
] as const;

/** Kinds of jobs. A barrier never reaches a worker; the final job has no edges and runs last. */
export const kindCode = { job: 0, barrier: 1, final: 2 } as const;
