import type { OpenDocument } from '#documents';

/** Where a document comes from: a file, or a verb that makes one. */
export interface DocumentSource {
  /** What messages about it begin with. */
  name: string;
  /** The file, where it is one that can be read twice. */
  file?: string;
  /** @throws DocumentRefused when its text cannot be read, or an error of the file system */
  open(): Promise<OpenDocument>;
}

/** @param file a path, or `-` for stdin */
export const fileSource = (file: string): DocumentSource => ({
  name: file,
  ...(file === '-' ? {} : { file }),
  open: async () => {
    const { readDocument } = await import('#documents');
    return readDocument(file === '-' ? process.stdin : file);
  },
});

/** Jobs that were made here, some at a time: a million of them need no more memory than a thousand. */
export async function* jobsMade(count: number, jobAt: (ordinal: number) => object): OpenDocument['jobs'] {
  for (let first = 0; first < count; first += batchJobs) {
    const size = Math.min(batchJobs, count - first);
    yield await Promise.resolve(
      Array.from({ length: size }, (_, i) => ({
        where: `job ${first + i}`,
        value: jobAt(first + i),
        text: null,
      })),
    );
  }
}

const batchJobs = 1_000;
