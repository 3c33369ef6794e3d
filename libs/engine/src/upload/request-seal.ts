import type { SealRequest, UploadView } from '#contracts';
import type { UploadStore } from '../ports/upload-store.js';

/**
 * `asked`: now or before, with the partition to wake (a lost hint is found by the sweep). `differs`: it was closed before,
 * with other counts or another hash.
 */
export type SealAsking =
  { kind: 'asked'; upload: UploadView; partition: number } | { kind: 'differs' } | { kind: 'unknown' };

/** Closes an upload: no chunk is taken any more, and the owner of its partition seals it. Repeating it changes nothing. */
export async function requestSeal(
  { uploads }: { uploads: UploadStore },
  workflowId: string,
  request: SealRequest,
): Promise<SealAsking> {
  const asked = await uploads.requestSeal(workflowId, request);
  if (!asked) return { kind: 'unknown' };
  if (!asked.same) return { kind: 'differs' };
  const upload = await uploads.view(workflowId);
  return upload ? { kind: 'asked', upload, partition: asked.partition } : { kind: 'unknown' };
}
