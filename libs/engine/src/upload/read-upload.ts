import type { UploadView } from '#contracts';
import type { UploadStore } from '../ports/upload-store.js';

/** How far an upload is: its chunks while it takes them, its refusal once refused. Null for an unknown id. */
export function readUpload({ uploads }: { uploads: UploadStore }, workflowId: string): Promise<UploadView | null> {
  return uploads.view(workflowId);
}
