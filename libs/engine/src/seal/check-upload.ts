import { createHash } from 'node:crypto';
import { countMismatches, noJobs, overLimit, type DocumentError, type SizeLimits } from '#contracts';
import type { SealOrder, StoredChunk } from '../ports/seal-store.js';

const sendAgain = 'Upload it again; `sluice submit` does so by itself.';

/**
 * Compares what arrived with what the client says it sent, and that with what the document says it has, before any pack
 * is read. Empty: nothing is wrong.
 */
export function checkUpload(
  { request, said }: Pick<SealOrder, 'request' | 'said'>,
  chunks: readonly StoredChunk[],
  limits: SizeLimits,
): DocumentError[] {
  const jobs = sum(chunks.map((chunk) => chunk.jobs));
  const edges = sum(chunks.map((chunk) => chunk.edges));
  const errors = [
    mismatch('chunk', request.chunkCount, chunks.length),
    mismatch('job', request.jobCount, jobs),
    mismatch('edge', request.edgeCount, edges),
    ...gaps(chunks),
    jobs > limits.jobs ? overLimit('jobs', limits.jobs) : null,
    edges > limits.edges ? overLimit('edges', limits.edges) : null,
    jobs === 0 ? noJobs : null,
  ].filter((error) => error !== null);
  if (errors.length > 0) return errors;
  if (hashOf(chunks) === request.hash) return countMismatches(said, request);
  const message = 'the hash over all chunks is not the one given at the seal: some chunk is not what was sent';
  return [{ code: 'HASH_MISMATCH', where: '/hash', message, remedy: sendAgain }];
}

function mismatch(what: 'chunk' | 'job' | 'edge', said: number, stored: number): DocumentError | null {
  if (said === stored) return null;
  const message = `the seal says ${said} ${what}s, but ${stored} arrived`;
  return { code: 'COUNT_MISMATCH', where: `/${what}Count`, message, remedy: sendAgain };
}

function gaps(chunks: readonly StoredChunk[]): DocumentError[] {
  let next = 0;
  for (const { chunkNo, firstOrdinal, jobs } of chunks) {
    if (firstOrdinal !== next) {
      const message = `chunk ${chunkNo} starts at job ${firstOrdinal}, but the chunks before it end at ${next}`;
      return [{ code: 'COUNT_MISMATCH', where: `/jobs/${next}`, message, remedy: sendAgain }];
    }
    next += jobs;
  }
  return [];
}

function hashOf(chunks: readonly StoredChunk[]): string {
  const hash = createHash('sha256');
  for (const { sha256 } of chunks) hash.update(sha256);
  return hash.digest('hex');
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
