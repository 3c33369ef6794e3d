import { documentLimits, overLimit, type DocumentError, type DocumentRefusal } from '#contracts';
import type { CheckedJob } from '#core';
import { atMost, documentHash, hashing, inflated, inPieces, type Bytes } from './byte-stream.js';
import { addNeeded, type NeededFiles } from './fetched-files.js';
import type { JobChecker } from './job-checker.js';
import { jobOfLine } from './job-line.js';
import { linesOf } from './line-reader.js';
import { edgesOf } from './parents.js';
import { DocumentRefused, Refusal, refusalOf } from './refusal.js';

/** An uploaded chunk whose jobs may be stored. */
export interface CheckedChunk {
  jobs: CheckedJob[];
  edges: number;
  /** SHA-256 of its inflated bytes. */
  sha256: Buffer;
  /** Files of the space that its jobs need. */
  needed: NeededFiles;
}

/**
 * Reads and checks one uploaded chunk: NDJSON, one job a line, gzip or plain. Places are `line N` of this chunk.
 * @param source its bytes; an error of the source (the sender is gone) passes through
 */
export async function checkChunk(
  source: Uint8Array | Bytes,
  checker: JobChecker,
  { firstOrdinal }: { firstOrdinal: number },
): Promise<CheckedChunk | { refusal: DocumentRefusal }> {
  try {
    return await checkLines(source instanceof Uint8Array ? inPieces(source) : source, checker, firstOrdinal);
  } catch (error) {
    if (error instanceof DocumentRefused) return { refusal: error.refusal };
    throw error;
  }
}

async function checkLines(
  source: Bytes,
  checker: JobChecker,
  firstOrdinal: number,
): Promise<CheckedChunk | { refusal: DocumentRefusal }> {
  const hash = documentHash();
  const sent = atMost(source, documentLimits.chunkBytes, () => tooLarge('chunk', documentLimits.chunkBytes));
  const max = documentLimits.chunkInflatedBytes;
  const bytes = hashing(
    atMost(inflated(sent), max, () => tooLarge('inflated chunk', max)),
    hash,
  );
  const refusal = new Refusal();
  const jobs: CheckedJob[] = [];
  const needed: NeededFiles = new Map();
  let edges = 0;
  for await (const lines of linesOf(bytes, documentLimits.chunkJobs)) {
    for (const line of lines) {
      const raw = jobOfLine(line);
      const job = 'errors' in raw ? raw.errors : checker.check(raw.value, raw.where);
      if (Array.isArray(job)) refusal.add(...job);
      else {
        jobs.push(job);
        edges += edgesOf(job);
        addNeeded(needed, job, raw.where);
      }
    }
  }
  const { limits } = checker.context;
  if (firstOrdinal + jobs.length > limits.jobs) refusal.add(overLimit('jobs', limits.jobs));
  if (refusal.isEmpty && jobs.length === 0) refusal.add(emptyChunk);
  return refusal.isEmpty ? { jobs, edges, sha256: hash.digest(), needed } : { refusal: refusal.answer() };
}

const tooLarge = (what: string, bytes: number): DocumentRefused =>
  new DocumentRefused(
    refusalOf({
      code: 'TOO_LARGE',
      where: '/',
      message: `the ${what} has more than ${bytes} bytes`,
      remedy: 'Cut it into smaller chunks of whole lines.',
    }),
  );

const emptyChunk: DocumentError = {
  code: 'EMPTY',
  where: '/',
  message: 'the chunk has no jobs',
  remedy: 'Send only chunks with at least one line.',
};
