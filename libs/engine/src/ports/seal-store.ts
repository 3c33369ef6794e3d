import type { DocumentCounts, DocumentRefusal, SealRequest, UploadView } from '#contracts';
import type { DagStep } from '#core';
import type { FinalJob } from '../upload/upload-header.js';

export interface StoredChunk {
  chunkNo: number;
  firstOrdinal: number;
  jobs: number;
  edges: number;
  sha256: Uint8Array;
}

/** A seal that was asked for and whose command is still open. */
export interface SealOrder {
  workflowNo: string;
  commandId: string;
  state: UploadView['state'];
  request: SealRequest;
  /** What the document itself says it has. */
  said: Partial<DocumentCounts>;
  final: FinalJob | null;
}

/** The final job as it is written: its ordinal comes after every other. */
export interface FinalRow {
  ordinal: number;
  task: number;
  when: FinalJob['when'];
  name: string;
  spec: string | null;
}

/** What a seal knows of a task. `first`: position of its first job; labels are shown in this order. */
export interface TaskCounts {
  total: number;
  waiting: number;
  first: number;
}

export interface SealedWorkflow {
  workflowNo: string;
  commandId: string;
  /** All rows of `job`, the final job included. */
  jobCount: number;
  /** Edges after groups and repeated parents. */
  edgeCount: number;
  /** By ordinal of the task, the final job included. */
  tasks: TaskCounts[];
  /** Jobs that may run at once: ordinals by task, ascending. Without barriers. */
  roots: Map<number, Uint32Array>;
  rootBarriers: Uint32Array;
  final: FinalRow | null;
}

/** What seal reads and writes. A step that meets a workflow that is not `sealing` changes nothing and says so. */
export interface SealStore {
  /** @returns null when no seal of this workflow is open. */
  readOrder(workflowNo: string): Promise<SealOrder | null>;
  /** In order of chunk number. */
  readChunks(workflowNo: string): Promise<StoredChunk[]>;
  /**
   * The pack of one chunk, at the start of a buffer that may be handed to a thread.
   * @param spare a buffer to use if it is large enough: a new one for each pack would be garbage for long.
   */
  readPack(workflowNo: string, chunkNo: number, spare?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>>;
  readNames(workflowNo: string, ordinals: readonly number[]): Promise<Map<number, string>>;
  /** Writes states and edges of one step in one transaction; what an earlier try wrote there goes first. */
  writeStep(workflowNo: string, step: DagStep): Promise<'written' | 'closed'>;
  /**
   * The one visible step: counts, ready rows, the final job, state `running`; the packs go.
   * The command is done with it, unless there are root barriers: then it stays open until they are finished.
   * @returns classes that got ready jobs.
   */
  complete(sealed: SealedWorkflow): Promise<{ kind: 'sealed'; classes: number[] } | { kind: 'closed' }>;
  /** Root barriers of a sealed workflow that nobody finished yet. */
  openRootBarriers(workflowNo: string): Promise<number[]>;
  refuse(workflowNo: string, refusal: DocumentRefusal): Promise<void>;
  /** Deletes rows of a refused workflow, a bounded number at a time. @returns whether there may be more. */
  discardSome(workflowNo: string): Promise<boolean>;
  closeCommand(commandId: string): Promise<void>;
}
