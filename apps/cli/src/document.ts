import { open } from 'node:fs/promises';
import { LimitsEnvironment, sizeLimitsOf, type DocumentHeader, type SizeLimits, type WrittenHeader } from '#contracts';
import type { DocumentChunk } from '#documents';
import { CliFault, exitCodes } from './exit-code.js';
import { RefusedDocument } from './refused-document.js';
import type { DocumentSource } from './sources/document-source.js';

/** A document whose header and first jobs are checked, ready to be sent. */
export interface ReadyDocument {
  /** As it is written: the server keeps it so. */
  header: WrittenHeader;
  /** The same with every default filled in. */
  filled: DocumentHeader;
  /** Read it once. @throws DocumentRefused for what is found wrong further on. */
  chunks: AsyncIterable<DocumentChunk>;
}

/** Of what is not checked whole: checked and held before anything is started, 20,000 jobs at most. */
const chunksAhead = 4;

/**
 * A file up to here, about 200,000 jobs, is checked whole before anything is started: that takes a second at most. What
 * is larger, or cannot be read twice, is checked job by job while it is sent, and whole by the seal, in the same words.
 */
const wholeBytesMax = { plain: 16 * 1024 * 1024, gzip: 2 * 1024 * 1024 };

/**
 * Opens a document and checks it as far as one machine can without keeping its user waiting.
 * @throws CliFault with exit 2 when it cannot be read or is refused
 */
export async function openDocument(source: DocumentSource): Promise<ReadyDocument> {
  const { checkHeader, chunkLimits, chunksOf, DocumentRefused } = await import('#documents');
  return refusing(source.name, async () => {
    const limits = sizeLimits();
    if (source.file !== undefined && (await isSmallFile(source.file))) await checkWhole(source.file, limits);
    const document = await source.open();
    const checked = checkHeader(document.header, limits);
    if ('refusal' in checked) throw new DocumentRefused(checked.refusal);
    const headers = { header: checked.header.written, filled: checked.header.document };
    const chunks = chunksOf(document, chunkLimits, limits);
    const ahead: DocumentChunk[] = [];
    while (ahead.length < chunksAhead) {
      const next = await chunks.next();
      if (next.done) return { ...headers, chunks: joined(ahead, []) };
      ahead.push(next.value);
    }
    return { ...headers, chunks: joined(ahead, chunks) };
  });
}

async function checkWhole(file: string, limits: SizeLimits): Promise<void> {
  const { checkInThread, DocumentRefused } = await import('#documents');
  const verdict = await checkInThread(file, limits);
  if ('refusal' in verdict) throw new DocumentRefused(verdict.refusal);
}

async function isSmallFile(file: string): Promise<boolean> {
  if (file === '-') return false;
  const handle = await open(file);
  try {
    const stat = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    const isGzip = buffer[0] === 0x1f && buffer[1] === 0x8b;
    return stat.isFile() && stat.size <= (isGzip ? wholeBytesMax.gzip : wholeBytesMax.plain);
  } finally {
    await handle.close();
  }
}

/** Runs what reads the document; its refusal and faults of the file become what the user is told. */
export async function refusing<T>(file: string, read: () => Promise<T>): Promise<T> {
  const [{ DocumentRefused }, { UploadDiffers }] = await Promise.all([import('#documents'), import('#client')]);
  try {
    return await read();
  } catch (error) {
    if (error instanceof DocumentRefused) throw new RefusedDocument(file, error.refusal);
    if (error instanceof UploadDiffers) {
      const counts = { [error.error.code]: 1 };
      throw new RefusedDocument(file, { errors: [error.error], counts }, { cause: error });
    }
    const fault = fileFault(file, error);
    throw fault ?? error;
  }
}

/** The same variables as the services': a server elsewhere that takes more must be told here too. */
export function sizeLimits(): SizeLimits {
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
