import type { SealRequest, Template, UploadView } from '#contracts';
import type { CheckedJob, VisibleSpaces } from '#core';
import type { ReadyClass } from './lease-store.js';
import type { ClassOwner } from '../upload/ready-class.js';
import type { UploadHeader } from '../upload/upload-header.js';

/** Who a workflow belongs to: never a display name. */
export interface Owner {
  issuer: string;
  subject: string;
}

export interface NewUpload {
  /** Public id, `w-` and 10 base32 characters. */
  id: string;
  header: UploadHeader;
  /** The header as it came, JSON text: kept to be given back. */
  writtenHeader: string;
  owner: Owner;
  space: string;
  idempotencyKey: string | null;
}

/** `differs`: the key was used for another header. `taken`: the public id is in use. */
export type UploadOpenOutcome = { kind: 'opened'; id: string } | { kind: 'differs'; id: string } | { kind: 'taken' };

/** An upload as a chunk meets it. The number is the workflow's id inside, a bigint as text. */
export interface OpenedUpload {
  workflowNo: string;
  state: UploadView['state'];
}

/** Whose an upload is: never changes. */
export interface UploadOwner {
  space: string;
  owner: Owner;
}

/** What makes a task: all jobs of one label and template. */
export interface TaskKey {
  label: string;
  /** Name in the header's templates; `''` for barriers and groups without one. */
  templateName: string;
}

/** What decides which workers a job may go to. Equal keys are one class, across workflows. */
export interface NewReadyClass extends Omit<ReadyClass, 'id'> {
  key: string;
}

export interface NewTask extends TaskKey {
  template: Template;
  readyClass: NewReadyClass;
}

/** Templates of a header by name, and whose the workflow is. */
export interface OwnedTemplates extends ClassOwner {
  templates: Record<string, Template>;
}

/** What makes a chunk that comes again the same one. */
export interface ChunkIdentity {
  workflowNo: string;
  chunkNo: number;
  firstOrdinal: number;
  /** SHA-256 of the chunk's inflated bytes, 32 bytes. */
  sha256: Uint8Array;
}

export interface NewChunk extends ChunkIdentity {
  jobs: readonly CheckedJob[];
  /** Task of each job, by its place in `jobs`. */
  tasks: readonly number[];
  pack: Uint8Array;
  edges: number;
}

/**
 * `stored`: now or before, with the same bytes. `differs`: that number holds other bytes. `overlaps`: some ordinals
 * are another chunk's. `closed`: the workflow no longer takes chunks.
 */
export type ChunkOutcome =
  { kind: 'stored'; jobs: number; edges: number } | { kind: 'differs' } | { kind: 'overlaps' } | { kind: 'closed' };

/** A quota has no room for the jobs of an upload: `queued` are open already. */
export interface QueuedOver {
  quota: 'space' | 'user';
  cap: number;
  queued: number;
  jobs: number;
}

/** Where uploads lie until they are sealed. Every verb is one short transaction at most. */
export interface UploadStore {
  /** @returns null for one that is not there, or that the asker does not see */
  owner(id: string, visible: VisibleSpaces): Promise<UploadOwner | null>;
  open(upload: NewUpload): Promise<UploadOpenOutcome>;
  /** @returns null for an unknown public id. */
  find(id: string): Promise<OpenedUpload | null>;
  /** @returns ordinals of tasks by place in `keys`; null where there is none yet. */
  findTasks(workflowNo: string, keys: readonly TaskKey[]): Promise<(number | null)[]>;
  /** @returns the header's templates of these names; names without one are left out. */
  readTemplates(workflowNo: string, names: readonly string[]): Promise<OwnedTemplates>;
  /** Makes the tasks that do not exist. Locks the workflow, so that two chunks cannot make one task twice. */
  makeTasks(workflowNo: string, tasks: readonly NewTask[]): Promise<void>;
  countTasks(workflowNo: string): Promise<number>;
  /** @returns what storing the chunk would come to if its number is taken; null when it is free. */
  findChunk(chunk: ChunkIdentity): Promise<ChunkOutcome | null>;
  storeChunk(chunk: NewChunk): Promise<ChunkOutcome>;
  /**
   * Closes the upload and leaves the seal to the partition's owner. A second request changes nothing.
   * @returns the partition to wake, and whether the seal is asked for as `request` says; `over`: a quota has no room, and the
   *   upload stays as it is; null for an unknown public id.
   */
  requestSeal(
    id: string,
    request: SealRequest,
  ): Promise<{ partition: number; same: boolean } | { over: QueuedOver } | null>;
  /** @returns null for an unknown public id. */
  view(id: string): Promise<UploadView | null>;
  /** @returns uploads of these partitions that got no chunk for so many hours, or whose removal has begun; at most 100. */
  findAbandoned(partitions: readonly number[], keepHours: number): Promise<string[]>;
  /** Closes an upload for its removal. @returns false when it got a chunk meanwhile, or its seal was asked for */
  abandon(workflowNo: string, keepHours: number): Promise<boolean>;
  /** Removes what is left of an upload when its chunks are gone. */
  remove(workflowNo: string): Promise<void>;
  /** Keeps one range of partitions ahead of the newest workflow, and leaves a range that holds over `jobsMax` jobs. */
  ensurePartitions(jobsMax: number): Promise<void>;
}
