/** What one check reads in one statement: workflows by number, both included; ordinals, `jobsTo` not included. */
export interface VerifyRange {
  workflowFrom: string;
  workflowTo: string;
  jobsFrom: number;
  jobsTo: number;
}

/** A row that breaks an invariant: about a job, a workflow (`ordinal` null), or neither (`workflowNo` null too). */
export interface BrokenRow {
  workflowNo: string | null;
  ordinal: number | null;
  /** What is wrong, with the figures that do not fit. */
  wrong: string;
}

/** A broken row as people know it. */
export interface NamedBrokenRow {
  /** Public id. */
  workflow: string | null;
  ordinal: number | null;
  /** The job's. */
  name: string | null;
  wrong: string;
}

/** How much a check reads at once: jobs by ranges of ordinals, workflows as wholes, or all there is of its kind. */
export type CheckScope = 'jobs' | 'workflows' | 'once';

/** The books, read without a lock: each call is one statement, so one moment. */
export interface VerifyStore {
  /** Sealed workflows by number. @param only this one; null: any */
  plan(after: string, rowsMax: number, only: string | null): Promise<{ workflowNo: string; jobs: number }[]>;
  /**
   * @param check name of a statement of sql/queries/verify
   * @returns what breaks it, at most `rowsMax`; 'too-slow' when the statement took longer than a transaction may
   */
  check(check: string, scope: CheckScope, range: VerifyRange, rowsMax: number): Promise<BrokenRow[] | 'too-slow'>;
  /** In the same order. */
  name(rows: readonly BrokenRow[]): Promise<NamedBrokenRow[]>;
}
