import type { ChunkStored } from '#contracts';
import { packJobs, type CheckedJob } from '#core';
import type { ChunkOutcome, UploadStore } from '../ports/upload-store.js';
import { tasksOf } from './tasks-of.js';

export interface StoreChunkRequest {
  /** Public id. */
  workflowId: string;
  chunkNo: number;
  /** Position of the chunk's first job in the document. */
  firstOrdinal: number;
  /** At most documentLimits.chunkJobs, each checked by itself. */
  jobs: readonly CheckedJob[];
  /** SHA-256 of the chunk's inflated bytes, 32 bytes. */
  sha256: Uint8Array;
}

/**
 * `unknown`: no such workflow. `differs`: this chunk number holds other bytes. `overlaps`: another chunk has some of
 * these positions. `closed`: the workflow is sealed, sealing or refused.
 */
export type ChunkStoring =
  | { kind: 'stored'; chunk: ChunkStored }
  | { kind: 'unknown' }
  | { kind: 'differs' }
  | { kind: 'overlaps' }
  | { kind: 'closed' };

/**
 * Stores one chunk of jobs in one short transaction. The same chunk again is the same answer.
 * @throws StoreUnavailable (retry: yes); it may or may not have been stored: send it again.
 */
export async function storeChunk(
  { uploads }: { uploads: UploadStore },
  { workflowId, chunkNo, firstOrdinal, jobs, sha256 }: StoreChunkRequest,
): Promise<ChunkStoring> {
  const upload = await uploads.find(workflowId);
  if (upload === null) return { kind: 'unknown' };
  if (upload.state !== 'uploading') return { kind: 'closed' };
  const { workflowNo } = upload;
  // Before its tasks are made: a chunk that is not taken must leave none behind.
  const known = await uploads.findChunk({ workflowNo, chunkNo, firstOrdinal, sha256 });
  if (known) return answerOf(known, chunkNo);
  const tasks = await tasksOf(uploads, workflowNo, jobs);
  const { bytes: pack, edges } = packJobs({ firstOrdinal, jobs, tasks });
  const outcome = await uploads.storeChunk({
    workflowNo,
    chunkNo,
    firstOrdinal,
    jobs,
    tasks,
    sha256,
    pack,
    edges,
  });
  return answerOf(outcome, chunkNo);
}

function answerOf(outcome: ChunkOutcome, chunkNo: number): ChunkStoring {
  if (outcome.kind !== 'stored') return outcome;
  return { kind: 'stored', chunk: { chunk: chunkNo, jobs: outcome.jobs, edges: outcome.edges } };
}
