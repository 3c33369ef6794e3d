import type { UploadStore } from '../ports/upload-store.js';

/**
 * Keeps room for the next workflows. Cheap when there is nothing to do: call it from a sweep, a minute apart or so.
 * @param jobsMax a range of tables takes about so many jobs; the next workflow after that goes to the next range
 */
export function ensurePartitions({ uploads }: { uploads: UploadStore }, jobsMax: number): Promise<void> {
  return uploads.ensurePartitions(jobsMax);
}
