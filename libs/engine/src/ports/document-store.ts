import type { FailReason, JobState, WrittenHeader } from '#contracts';

/** What is kept of a document besides its jobs. */
export interface KeptDocument {
  /** As it came. */
  header: WrittenHeader;
  /** How many templates the header has. */
  templates: number;
  /** Without the final job. */
  jobs: number;
  /** Parents that the document names, each once for a job. */
  edges: number;
  finalOrdinal: number | null;
}

/** One job as its document has it, but for its parents, group and kind. */
export interface KeptJob {
  name: string;
  label: string;
  /** `''`: a barrier or group without one. */
  template: string;
  /** @see CheckedJob.spec */
  spec: string | null;
}

/** What the last attempt of one job came to. Times are the worker's clock. */
export interface JobObservation {
  state: JobState;
  reason: FailReason | null;
  /** Number of the last attempt; 0: none yet. */
  attempt: number;
  exitCode: number | null;
  startedAt: Date | null;
  endedAt: Date | null;
  cpuSec: number | null;
  peakMemoryMib: number | null;
  site: string | null;
  worker: string | null;
}

/** Reads sealed documents back, each call a short statement. */
export interface DocumentStore {
  /** @returns null for an unsealed workflow, or one that was submitted or sealed before documents were kept. */
  document(workflowNo: string): Promise<KeptDocument | null>;
  /** The parent pack whose first job this is. It starts its own buffer. @throws when there is none. */
  parentPack(workflowNo: string, firstOrdinal: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Jobs from ordinal `from`, at most `rows` of them and after `bytesMax` bytes of text none; at least one if there is. */
  documentJobs(step: { workflowNo: string; from: number; rows: number; bytesMax: number }): Promise<KeptJob[]>;
  jobNames(workflowNo: string, ordinals: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Of the jobs from ordinal `from` up to, not including, `to`. */
  observations(step: { workflowNo: string; from: number; to: number }): Promise<JobObservation[]>;
}
