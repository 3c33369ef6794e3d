/** A document that comes in one request: small enough that its jobs are one chunk. */
import { countMismatches, documentLimits, noJobs, type DocumentError, type SealRequest } from '#contracts';
import { atMost, documentHash, inflated, inPieces } from './byte-stream.js';
import type { CheckedChunk } from './check-chunk.js';
import type { CheckedHeader } from './checked-header.js';
import { addNeeded } from './fetched-files.js';
import type { JobChecker } from './job-checker.js';
import type { RawJob } from './job-line.js';
import type { OpenDocument } from './open-document.js';
import { edgesOf } from './parents.js';
import { readDocument } from './read-document.js';
import { DocumentRefused, Refusal, refusalOf } from './refusal.js';

/** Bytes of its inflated text: what takes longer to read would keep others waiting. YAML takes 30 times as long as JSON. */
const bytesMax = { json: documentLimits.chunkBytes, yaml: 256 * 1024 } as const;

/** A whole document whose jobs may be stored, and what seals it. */
export interface CheckedWhole extends CheckedChunk {
  seal: SealRequest;
}

/**
 * Opens a document as readDocument() does, gzip or plain.
 * @throws DocumentRefused also for one that is larger than 8 MiB (YAML: 256 KiB) or has more than 20,000 jobs
 */
export async function openWhole(bytes: Uint8Array): Promise<OpenDocument & { raws: RawJob[] }> {
  const source = atMost(inflated(inPieces(bytes)), bytesMax.json, () => refused(tooLarge));
  const document = await readDocument(source, bytesMax);
  const raws: RawJob[] = [];
  for await (const jobs of document.jobs) {
    raws.push(...jobs);
    if (raws.length > documentLimits.chunkJobs) throw refused(tooManyJobs);
  }
  return { ...document, raws };
}

/** Checks the jobs of a document, each by itself, and what its header says of their numbers. */
export function checkWhole(
  raws: readonly RawJob[],
  { document }: CheckedHeader,
  checker: JobChecker,
): CheckedWhole | DocumentRefused {
  const refusal = new Refusal();
  const digest = documentHash();
  const whole: Pick<CheckedWhole, 'jobs' | 'edges' | 'needed'> = { jobs: [], edges: 0, needed: new Map() };
  for (const raw of raws) {
    const job = 'errors' in raw ? raw.errors : checker.check(raw.value, raw.where);
    if (Array.isArray(job)) refusal.add(...job);
    else {
      if (!('errors' in raw)) digest.update(`${raw.text ?? JSON.stringify(raw.value)}\n`);
      whole.jobs.push(job);
      whole.edges += edgesOf(job);
      addNeeded(whole.needed, job, raw.where);
    }
  }
  const counts = { jobCount: raws.length, edgeCount: whole.edges };
  if (raws.length === 0) refusal.add(noJobs);
  else if (refusal.isEmpty) refusal.add(...countMismatches(document, counts));
  if (!refusal.isEmpty) return new DocumentRefused(refusal.answer());
  const sha256 = digest.digest();
  const hash = documentHash().update(sha256).digest('hex');
  return { ...whole, sha256, seal: { chunkCount: 1, ...counts, hash } };
}

const refused = (error: DocumentError): DocumentRefused => new DocumentRefused(refusalOf(error));

const inChunks =
  'Send it in chunks: `sluice submit` does; or open it with its header alone, then chunks, then its seal.';

const tooLarge: DocumentError = {
  code: 'TOO_LARGE',
  where: '/',
  message: `the document has more than ${bytesMax.json} bytes, and it came in one request`,
  remedy: inChunks,
};

const tooManyJobs: DocumentError = {
  code: 'TOO_LARGE',
  where: '/jobs',
  message: `the document has more than ${documentLimits.chunkJobs} jobs, and it came in one request`,
  remedy: inChunks,
};
