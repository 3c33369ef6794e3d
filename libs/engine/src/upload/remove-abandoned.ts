import type { SealStore } from '../ports/seal-store.js';
import type { UploadStore } from '../ports/upload-store.js';

export interface RemoveAbandonedRequest {
  /** Owned by the caller: so no two remove the same upload. */
  partitions: number[];
  /** An upload is kept for so long after its last chunk. */
  keepHours: number;
}

/**
 * Removes uploads that nobody went on with, chunk by chunk: each step is one short transaction. Call it from a sweep; what
 * a crash leaves half removed, the next call finishes.
 * @returns how many were removed, at most 100 a call.
 */
export async function removeAbandoned(
  { uploads, seals }: { uploads: UploadStore; seals: Pick<SealStore, 'discardSome'> },
  { partitions, keepHours }: RemoveAbandonedRequest,
): Promise<number> {
  if (partitions.length === 0) return 0;
  const abandoned = await uploads.findAbandoned(partitions, keepHours);
  let removed = 0;
  for (const workflowNo of abandoned) {
    if (!(await uploads.abandon(workflowNo, keepHours))) continue;
    while (await seals.discardSome(workflowNo)); // ends: each call deletes a chunk, and nothing adds any
    await uploads.remove(workflowNo);
    removed += 1;
  }
  return removed;
}
