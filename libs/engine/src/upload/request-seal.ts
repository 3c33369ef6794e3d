import type { SealRequest, UploadView } from '#contracts';
import type { UploadStore } from '../ports/upload-store.js';

/**
 * Closes an upload: no chunk is taken any more, and the owner of its partition seals it. Repeating it changes nothing.
 * @returns the upload, and the partition to wake (a lost hint is found by the sweep); null for an unknown id.
 */
export async function requestSeal(
  { uploads }: { uploads: UploadStore },
  workflowId: string,
  request: SealRequest,
): Promise<{ upload: UploadView; partition: number } | null> {
  const asked = await uploads.requestSeal(workflowId, request);
  const upload = await uploads.view(workflowId);
  return asked && upload && { upload, partition: asked.partition };
}
