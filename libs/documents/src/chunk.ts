import type { Hash } from 'node:crypto';
import {
  countMismatches,
  documentLimits,
  noJobs,
  overLimit,
  type DocumentError,
  type SealRequest,
  type SizeLimits,
} from '#contracts';
import { documentHash } from './byte-stream.js';
import { checkHeader } from './header.js';
import { JobChecker } from './job-checker.js';
import type { RawJob } from './job-line.js';
import { edgesOf } from './parents.js';
import type { OpenDocument } from './open-document.js';
import { DocumentRefused, Refusal, refusalOf } from './refusal.js';

/** Whole lines of NDJSON, ready to be uploaded. */
export interface DocumentChunk {
  /** From 0, without gaps. */
  no: number;
  /** Position in the document of its first job. */
  firstOrdinal: number;
  jobs: number;
  edges: number;
  body: Buffer;
  /** SHA-256 of the body. */
  sha256: Buffer;
  /** What seals the upload if this is the last chunk. */
  seal: SealRequest;
}

/** A chunk is cut before it exceeds these; a single line may be longer, up to the limit of a line. */
export interface ChunkLimits {
  bytes: number;
  jobs: number;
}

export const chunkLimits: ChunkLimits = { bytes: 1024 * 1024, jobs: 5_000 };

/**
 * Checks a document's jobs and cuts them into numbered chunks. Lines are passed on as they came.
 * After the first faulty job it yields nothing more but reads on, to tell all faults at once.
 * @throws DocumentRefused for the header, for what cannot be run, for the jobs (after the last), for none, or for others than it says it has
 */
export async function* chunksOf(
  document: OpenDocument,
  cut = chunkLimits,
  limits: SizeLimits = documentLimits,
): AsyncGenerator<DocumentChunk> {
  const checked = checkHeader(document.header, limits);
  if ('refusal' in checked) throw new DocumentRefused(checked.refusal);
  if (document.unrunnable) throw new DocumentRefused(document.unrunnable);
  const checker = new JobChecker(checked.header);
  const refusal = new Refusal();
  const cutter = new ChunkCutter(cut, limits);
  for await (const jobs of document.jobs) {
    for (const raw of jobs) {
      const line = checkedLine(raw, checker);
      if (Array.isArray(line)) refusal.add(...line);
      else if (refusal.isEmpty) {
        const chunk = cutter.add(line);
        if (chunk) yield chunk;
      }
    }
    refuseTooLarge(cutter);
  }
  if (!refusal.isEmpty) throw new DocumentRefused(refusal.answer());
  const last = cutter.end();
  refuseTooLarge(cutter);
  if (!last) throw new DocumentRefused(refusalOf(noJobs));
  const mismatches = countMismatches(checked.header.document, last.seal);
  if (mismatches.length > 0) throw new DocumentRefused(refusalOf(...mismatches));
  yield last;
}

function refuseTooLarge({ tooLarge }: ChunkCutter): void {
  if (tooLarge) throw new DocumentRefused(refusalOf(tooLarge));
}

interface CheckedLine {
  text: string;
  edges: number;
}

function checkedLine(raw: RawJob, checker: JobChecker): CheckedLine | DocumentError[] {
  if ('errors' in raw) return raw.errors;
  const job = checker.check(raw.value, raw.where);
  return Array.isArray(job) ? job : { text: raw.text ?? JSON.stringify(raw.value), edges: edgesOf(job) };
}

/** Gathers lines into chunks and keeps the totals. */
class ChunkCutter {
  private lines: string[] = [];
  private bytes = 0;
  private edges = 0;
  private readonly total = { chunks: 0, jobs: 0, edges: 0 };
  private readonly hash: Hash = documentHash();

  constructor(
    private readonly cutAt: ChunkLimits,
    private readonly limits: SizeLimits,
  ) {}

  /** Why the document is too large for the limits, if it is. */
  get tooLarge(): DocumentError | null {
    if (this.total.jobs > this.limits.jobs) return overLimit('jobs', this.limits.jobs);
    return this.total.edges > this.limits.edges ? overLimit('edges', this.limits.edges) : null;
  }

  /** @returns the chunk that was full before this line, if it was. */
  add({ text, edges }: CheckedLine): DocumentChunk | null {
    const bytes = Buffer.byteLength(text) + 1;
    const isFull = this.lines.length >= this.cutAt.jobs || this.bytes + bytes > this.cutAt.bytes;
    const full = isFull ? this.cut() : null;
    this.lines.push(text);
    this.bytes += bytes;
    this.edges += edges;
    return full;
  }

  /** @returns the last chunk; null when there was no job at all. */
  end(): DocumentChunk | null {
    return this.cut();
  }

  private cut(): DocumentChunk | null {
    if (this.lines.length === 0) return null;
    const body = Buffer.from(`${this.lines.join('\n')}\n`);
    const sha256 = documentHash().update(body).digest();
    this.hash.update(sha256);
    const { total, edges } = this;
    const [no, firstOrdinal, jobs] = [total.chunks, total.jobs, this.lines.length];
    total.chunks++;
    total.jobs += jobs;
    total.edges += edges;
    [this.lines, this.bytes, this.edges] = [[], 0, 0];
    return { no, firstOrdinal, jobs, edges, body, sha256, seal: this.seal() };
  }

  private seal(): SealRequest {
    const { chunks, jobs, edges } = this.total;
    return { chunkCount: chunks, jobCount: jobs, edgeCount: edges, hash: this.hash.copy().digest('hex') };
  }
}
