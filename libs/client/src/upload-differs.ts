import type { DocumentError } from '#contracts';

/** The document is not the one whose upload was to go on. Nothing was stored of it; a new upload takes it. */
export class UploadDiffers extends Error {
  readonly retry = false;

  constructor(readonly error: DocumentError) {
    super(error.message);
    this.name = 'UploadDiffers';
  }
}

const remedy = 'The file changed, or another version of sluice cuts it otherwise: submit it anew, as a new upload.';

export const headerDiffers = (id: string): UploadDiffers =>
  new UploadDiffers({
    code: 'HASH_MISMATCH',
    where: '/',
    message: `what stands above the jobs is not what was sent before: ${id}`,
    remedy,
  });

/** @param firstOrdinal of the first job that is not the same, or of those around it */
export const jobsDiffer = (id: string, firstOrdinal: number): UploadDiffers =>
  new UploadDiffers({
    code: 'HASH_MISMATCH',
    where: `/jobs/${firstOrdinal}`,
    message: `the jobs from ${firstOrdinal} on are not those that were sent before: ${id}`,
    remedy,
  });
