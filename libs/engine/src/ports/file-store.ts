/** Where a file is. The same bytes in two spaces are two files. */
export interface FilePlace {
  space: string;
  /** 64 hexadecimal digits. */
  sha256: string;
  /** Of the full log of an attempt: it is named by that, apart from files. `workflow` is a public id. */
  log?: { workflow: string; ordinal: number; attempt: number };
}

/** From the first byte to the last, both included. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * The bytes of files, in a folder or in an object store. What is there is whole and safe from a power cut; which of it
 * counts, the FileLedger knows.
 */
export interface FileStore {
  /**
   * Keeps `bytes` bytes, or nothing: also when `body` throws in the middle. Bytes that are there already stay.
   * @throws what `body` throws; FileStoreFull; FileStoreUnavailable
   */
  keep(place: FilePlace, body: AsyncIterable<Uint8Array>, bytes: number): Promise<void>;
  /** The bytes, or one range of them. Who stops reading early lets go of them. @returns null when they are not there */
  read(place: FilePlace, range: ByteRange | null): Promise<AsyncIterable<Uint8Array> | null>;
  /** Nothing there is as good as removed. */
  remove(place: FilePlace): Promise<void>;
}
