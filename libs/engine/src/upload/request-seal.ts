import type { SealRequest, UploadView } from '#contracts';
import type { QueuedOver, UploadStore } from '../ports/upload-store.js';

/**
 * `asked`: now or before, with the partition to wake (a lost hint is found by the sweep). `differs`: it was closed before,
 * with other counts or another hash. `over`: a quota has no room for its jobs; it may be asked again when some have ended.
 */
export type SealAsking =
  | { kind: 'asked'; upload: UploadView; partition: number }
  | { kind: 'differs' }
  | { kind: 'over'; over: QueuedOver }
  | { kind: 'unknown' };

/** Closes an upload: no chunk is taken any more, and the owner of its partition seals it. Repeating it changes nothing. */
export async function requestSeal(
  { uploads }: { uploads: UploadStore },
  workflowId: string,
  request: SealRequest,
): Promise<SealAsking> {
  const asked = await uploads.requestSeal(workflowId, request);
  if (!asked) return { kind: 'unknown' };
  if ('over' in asked) return { kind: 'over', over: asked.over };
  if (!asked.same) return { kind: 'differs' };
  const upload = await uploads.view(workflowId);
  return upload ? { kind: 'asked', upload, partition: asked.partition } : { kind: 'unknown' };
}
