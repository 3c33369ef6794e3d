/** The file store has no room left: a disk is full, or an account's quota is. Nothing was kept. */
export class FileStoreFull extends Error {
  override readonly name = 'FileStoreFull';
}

/** The file store does not answer, or not as it should: try again. What was sent may or may not be kept. */
export class FileStoreUnavailable extends Error {
  readonly retry = true;
  override readonly name = 'FileStoreUnavailable';
}

/** What came is not what was announced. */
export class FileDiffers extends Error {
  override readonly name = 'FileDiffers';
  constructor(
    readonly announced: { sha256: string; bytes: number },
    /** Its checksum; null when it was longer or shorter than announced. */
    readonly came: { sha256: string | null; bytes: number },
  ) {
    super(`${came.bytes} bytes came that are not those of ${announced.sha256}`);
  }
}
