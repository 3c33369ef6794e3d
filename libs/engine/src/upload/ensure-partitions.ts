import type { UploadStore } from '../ports/upload-store.js';

/** A range of tables takes about so many jobs; the next workflow after that goes to the next range. */
export const jobsOfOneRangeMax = 20_000_000;

/** Keeps room for the next workflows. Cheap when there is nothing to do: call it from a sweep, a minute apart or so. */
export function ensurePartitions({ uploads }: { uploads: UploadStore }): Promise<void> {
  return uploads.ensurePartitions(jobsOfOneRangeMax);
}
