import { LimitsEnvironment, sizeLimitsOf, type DocumentHeader, type SizeLimits } from '#contracts';
import type { DocumentChunk } from '#documents';
import { CliFault, exitCodes } from './exit-code.js';
import { refusalLines } from './render/refusal.js';
import type { DocumentSource } from './sources/document-source.js';

/** A document whose header and first jobs are checked, ready to be sent. */
export interface ReadyDocument {
  header: DocumentHeader;
  /** Read it once. @throws DocumentRefused for what is found wrong further on. */
  chunks: AsyncIterable<DocumentChunk>;
}

/** Checked and held before anything is started: about 80,000 jobs, so nearly every document as a whole. */
const chunksAhead = 4;

/**
 * Opens a document and checks it as far as one machine can: all of it up to 80,000 jobs, the rest while it is sent,
 * unsealed and therefore without effect.
 * @throws CliFault with exit 2 when it cannot be read or is refused
 */
export async function openDocument(source: DocumentSource): Promise<ReadyDocument> {
  const { checkHeader, chunkLimits, chunksOf, DocumentRefused } = await import('#documents');
  return refusing(source.name, async () => {
    const document = await source.open();
    const limits = sizeLimits();
    const checked = checkHeader(document.header, limits);
    if ('refusal' in checked) throw new DocumentRefused(checked.refusal);
    const chunks = chunksOf(document, chunkLimits, limits);
    const ahead: DocumentChunk[] = [];
    while (ahead.length < chunksAhead) {
      const next = await chunks.next();
      if (next.done) return { header: checked.header.document, chunks: joined(ahead, []) };
      ahead.push(next.value);
    }
    return { header: checked.header.document, chunks: joined(ahead, chunks) };
  });
}

/** Runs what reads the document; its refusal and faults of the file become what the user is told. */
export async function refusing<T>(file: string, read: () => Promise<T>): Promise<T> {
  const [{ DocumentRefused }, { UploadDiffers }] = await Promise.all([import('#documents'), import('#client')]);
  try {
    return await read();
  } catch (error) {
    if (error instanceof DocumentRefused) throw new CliFault(exitCodes.usage, refusalLines(file, error.refusal));
    if (error instanceof UploadDiffers) {
      const counts = { [error.error.code]: 1 };
      throw new CliFault(exitCodes.usage, refusalLines(file, { errors: [error.error], counts }), { cause: error });
    }
    const fault = fileFault(file, error);
    throw fault ?? error;
  }
}

/** The same variables as the services': a server elsewhere that takes more must be told here too. */
function sizeLimits(): SizeLimits {
  const read = LimitsEnvironment.safeParse(process.env);
  if (read.success) return sizeLimitsOf(read.data);
  const wrong = read.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new CliFault(exitCodes.usage, wrong);
}

async function* joined<T>(first: readonly T[], rest: AsyncIterable<T> | readonly T[]): AsyncGenerator<T> {
  yield* first;
  yield* rest;
}

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not allowed',
};

function fileFault(file: string, error: unknown): CliFault | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  const what = fileFaults[String(error.code)] ?? error.message;
  return new CliFault(exitCodes.usage, [`cannot read ${file}: ${what}`], { cause: error });
}
