/**
 * Sends one document, chunk by chunk, and sees it sealed.
 *
 * S1  Memory is bounded by twice `chunksInFlight` chunks, whatever the document's size.
 * S2  A broken connection costs at most the chunks that were in flight: before a chunk goes out again the server is
 *     asked whether it is stored. Opening is safe to repeat by its Idempotency-Key, sealing by the upload's state.
 * S3  An upload that broke off goes on under its key: each chunk is compared by its hash with what is stored, and sent only
 *     when it is missing. A document that is not the same is never mixed in.
 * S4  Nothing of the document is visible or runs before the seal, so giving up at any moment leaves nothing behind.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChunkStored, SealRequest, UploadOpened, UploadView, WrittenHeader } from '#contracts';
import { backOffMs, persevere, type Perseverance } from './back-off.js';
import type { HttpConnection } from './http-connection.js';
import { ProblemError } from './problem-error.js';
import { headerDiffers, jobsDiffer } from './upload-differs.js';

/** Whole lines of a document: at most 20,000 jobs and 8 MiB. */
export interface SubmitChunk {
  /** From 0, without gaps. */
  no: number;
  /** Position in the document of its first job. */
  firstOrdinal: number;
  jobs: number;
  /** NDJSON, one DocumentJob a line. */
  body: Uint8Array;
  /** What seals the upload if this is the last chunk. */
  seal: SealRequest;
}

export interface SubmitOptions {
  signal?: AbortSignal;
  /** Called after each stored chunk, and when the seal begins. */
  onProgress?: (progress: { jobs: number; sealing: boolean }) => void;
  /** Default: random. The same key again, with `resume`, goes on with the same upload. */
  idempotencyKey?: string;
  /** Whose workflow it is, as the holder of the token says; left out: the token's own. */
  owner?: string;
  /** Asks first what is stored under the key, and skips that. */
  resume?: boolean;
  /** Called once the upload is open: its id, and how many chunks are stored already. */
  onOpened?: (upload: { id: string; chunks: number }) => void;
}

/** What the server made of a document: an upload whose state is `sealed` or `refused`. */
export type SubmitAnswer = UploadView & { state: 'sealed' | 'refused' };

const chunksInFlight = 3;
/** About 30 s of a server that does not answer. */
const perseverance = { firstMs: 50, lastMs: 2_000, triesMax: 20 } satisfies Perseverance;
const pollBackOff = { firstMs: 20, lastMs: 500 };
/** Over a network, level 1 saves 5 of 6 bytes at 100 MB/s; on this machine it only costs. */
const gzipLevel = 1;

export async function submitDocument(
  connection: HttpConnection,
  document: { header: WrittenHeader; chunks: AsyncIterable<SubmitChunk> },
  options: SubmitOptions = {},
): Promise<SubmitAnswer> {
  const id = await openUpload(connection, document.header, options);
  const upload = new Upload(connection, id, options);
  const chunks = options.resume ? await upload.lookUp() : 0;
  options.onOpened?.({ id, chunks });
  const seal = await upload.sendAll(document.chunks);
  return upload.seal(seal);
}

function openUpload(connection: HttpConnection, header: WrittenHeader, options: SubmitOptions): Promise<string> {
  const { idempotencyKey = randomUUID(), owner } = options;
  const headers = { 'idempotency-key': idempotencyKey, ...(owner === undefined ? {} : { 'sluice-owner': owner }) };
  const opening = persevere({ ...perseverance, signal: options.signal }, async () => {
    const opened = await connection.json<UploadOpened>({
      method: 'POST',
      path: '/api/v1/workflows',
      json: header,
      headers,
      signal: options.signal,
    });
    return opened.id;
  });
  return options.resume ? opening.catch(otherHeader) : opening;
}

function otherHeader(error: unknown): never {
  if (error instanceof ProblemError && error.code === 'idempotency-key/reused') throw headerDiffers(error.detail);
  throw error;
}

class Upload {
  private readonly path: string;
  /** Ends what is in flight when the submission fails. */
  private readonly failed = new AbortController();
  private readonly signal: AbortSignal;
  private storedJobs = 0;
  /** Of an upload that goes on: hashes of its stored chunks. */
  private readonly stored = new Map<number, string>();
  /** No chunk is taken any more: only the seal is left to compare. */
  private closed = false;

  constructor(
    private readonly connection: HttpConnection,
    private readonly id: string,
    private readonly options: SubmitOptions,
  ) {
    this.path = `/api/v1/workflows/${encodeURIComponent(id)}`;
    this.signal = options.signal ? AbortSignal.any([options.signal, this.failed.signal]) : this.failed.signal;
  }

  /** Learns what is stored. @returns how many chunks */
  async lookUp(): Promise<number> {
    const { state, chunks, digests } = await this.persevere(() => this.view());
    this.closed = state !== 'uploading';
    chunks.forEach((no, place) => this.stored.set(no, digests[place] ?? ''));
    return chunks.length;
  }

  /** @returns what the seal must say. */
  async sendAll(chunks: AsyncIterable<SubmitChunk>): Promise<SealRequest> {
    const inFlight = new Set<Promise<void>>();
    let seal: SealRequest | null = null;
    try {
      for await (const chunk of this.compared(chunks)) {
        const sending = this.sendChunk(chunk).finally(() => inFlight.delete(sending));
        sending.catch((error: unknown) => this.failed.abort(error));
        inFlight.add(sending);
        if (seal === null || chunk.seal.chunkCount > seal.chunkCount) seal = chunk.seal;
        if (inFlight.size >= chunksInFlight) await Promise.race(inFlight); // S1
        this.signal.throwIfAborted();
      }
      await Promise.all(inFlight);
    } catch (error) {
      this.failed.abort(error);
      throw this.failed.signal.reason;
    }
    if (seal === null) throw new RangeError('a document without chunks');
    for (const no of this.stored.keys()) if (no >= seal.chunkCount) throw jobsDiffer(this.id, seal.jobCount);
    return seal;
  }

  /**
   * The chunks, those that are missing before the last stored one only once that one was compared: they were in flight when
   * the upload broke off, so that they are few. More than that are not held back. @see S3
   * @throws UploadDiffers
   */
  private async *compared(chunks: AsyncIterable<SubmitChunk>): AsyncGenerator<SubmitChunk> {
    const lastStored = [...this.stored.keys()].reduce((last, no) => Math.max(last, no), -1);
    const missing: SubmitChunk[] = [];
    for await (const chunk of chunks) {
      if (!this.isStored(chunk) && chunk.no < lastStored && missing.length < chunksInFlight) missing.push(chunk);
      else {
        if (chunk.no >= lastStored) yield* missing.splice(0);
        yield chunk;
      }
    }
    yield* missing;
  }

  async seal(request: SealRequest): Promise<SubmitAnswer> {
    this.options.onProgress?.({ jobs: this.storedJobs, sealing: true });
    let view = await this.persevere(async (failed) => {
      // The answer to the last try may be all that was lost.
      const now = failed > 0 ? await this.view() : null;
      if (now && now.state !== 'uploading') return now;
      return this.askSeal(request);
    });
    for (let poll = 0; !ended(view); poll += 1) {
      await sleep(backOffMs(pollBackOff, poll), undefined, { signal: this.signal });
      view = await this.persevere(() => this.view());
    }
    return view;
  }

  private async askSeal(json: SealRequest): Promise<UploadView> {
    try {
      return await this.connection.json({ method: 'POST', path: `${this.path}/seal`, json, signal: this.signal });
    } catch (error) {
      // The upload itself says it too, in full.
      if (error instanceof ProblemError && error.code === 'document/refused') return this.view();
      throw error;
    }
  }

  private async sendChunk(chunk: SubmitChunk): Promise<void> {
    if (this.isStored(chunk)) return this.count(chunk);
    const body = this.connection.loopback ? chunk.body : await compressed(chunk.body);
    await this.persevere(async (failed) => {
      if (failed > 0 && (await this.view()).chunks.includes(chunk.no)) return; // S2
      await this.connection.json<ChunkStored>({
        method: 'PUT',
        path: `${this.path}/chunks/${chunk.no}?firstOrdinal=${chunk.firstOrdinal}`,
        body,
        headers: {
          'content-type': 'application/x-ndjson',
          ...(body === chunk.body ? {} : { 'content-encoding': 'gzip' }),
        },
        timeoutMs: 60_000,
        signal: this.signal,
      });
    });
    this.count(chunk);
  }

  /** @throws UploadDiffers when other bytes are stored under its number. */
  private isStored({ no, firstOrdinal, body }: SubmitChunk): boolean {
    if (this.closed) return true;
    const digest = this.stored.get(no);
    if (digest === undefined) return false;
    if (digest === createHash('sha256').update(body).digest('hex')) return true;
    throw jobsDiffer(this.id, firstOrdinal);
  }

  private count({ jobs }: SubmitChunk): void {
    this.storedJobs += jobs;
    this.options.onProgress?.({ jobs: this.storedJobs, sealing: false });
  }

  private view(): Promise<UploadView> {
    return this.connection.json({ method: 'GET', path: `${this.path}/upload`, signal: this.signal });
  }

  private persevere<T>(attempt: (failed: number) => Promise<T>): Promise<T> {
    return persevere({ ...perseverance, signal: this.signal }, attempt);
  }
}

const ended = (view: UploadView): view is SubmitAnswer => view.state === 'sealed' || view.state === 'refused';

async function compressed(bytes: Uint8Array): Promise<Uint8Array> {
  const { gzip } = await import('node:zlib');
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: gzipLevel }, (error, pressed) => (error ? reject(error) : resolve(pressed)));
  });
}
