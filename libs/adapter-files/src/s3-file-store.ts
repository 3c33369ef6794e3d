import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsV4Signer } from 'aws4fetch';
import { type ByteRange, type FilePlace, type FileStore, FileStoreFull, FileStoreUnavailable } from '#engine';
import { pathOf } from './file-path.js';

export interface S3Options {
  /** `https://host/bucket/prefix`: addresses with the bucket in the path, as every S3-compatible store has them. */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

interface Sending {
  method: 'GET' | 'PUT' | 'DELETE';
  place: FilePlace;
  headers?: Record<string, string>;
  body?: AsyncIterable<Uint8Array>;
}

/** Longest silence of the store. */
const silentMs = 20_000;
/** How much of an error's XML is read. */
const errorBytesMax = 4_096;
/** Of no bytes at all. */
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Files in an S3-compatible object store, each by one PUT: the store keeps an object whole or not at all. The checksum is
 * part of the signature, so a store that checks it refuses bytes that changed on the way to it.
 */
export class S3FileStore implements FileStore {
  constructor(private readonly options: S3Options) {}

  async keep(place: FilePlace, body: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
    const headers = { 'content-length': String(bytes), 'x-amz-content-sha256': place.sha256 };
    const answer = await this.send({ method: 'PUT', place, headers, body });
    await expectDone(answer, [200, 201]);
    answer.resume();
  }

  async read(place: FilePlace, range: ByteRange | null): Promise<AsyncIterable<Uint8Array> | null> {
    const headers = range && { range: `bytes=${range.first}-${range.last}` };
    const answer = await this.send({ method: 'GET', place, ...(headers && { headers }) });
    if (answer.statusCode === 404) {
      answer.resume();
      return null;
    }
    await expectDone(answer, range === null ? [200] : [206]);
    return answer as AsyncIterable<Uint8Array>;
  }

  async remove(place: FilePlace): Promise<void> {
    const answer = await this.send({ method: 'DELETE', place });
    await expectDone(answer, [200, 204, 404]);
    answer.resume();
  }

  private async send({ method, place, headers = {}, body }: Sending): Promise<IncomingMessage> {
    const { url, region, accessKeyId, secretAccessKey, sessionToken } = this.options;
    const signer = new AwsV4Signer({
      ...{ method, url: [url.replace(/\/+$/, ''), ...pathOf(place)].join('/'), service: 's3', region },
      ...{ accessKeyId, secretAccessKey, sessionToken },
      headers: { 'x-amz-content-sha256': emptySha256, ...headers },
    });
    const signed = await signer.sign();
    const send = signed.url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send(signed.url, { method, headers: Object.fromEntries(signed.headers) });
    sent.setTimeout(silentMs, () => sent.destroy(new Error(`the store said nothing for ${silentMs / 1_000} s`)));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve).on('error', reject);
    });
    if (!body) {
      sent.end();
      return answered.catch(unanswered);
    }
    const brought = pipeline(Readable.from(body, { objectMode: false }), sent);
    brought.catch(() => undefined); // is looked at below, if at all
    try {
      const answer = await answered; // also before all bytes are there, from a store that refuses them
      if ((answer.statusCode ?? 0) < 300) await brought;
      return answer;
    } catch (fault) {
      const why: unknown = await brought.then(() => fault).catch((each: unknown) => each);
      return unanswered(why);
    }
  }
}

/** Faults of those who brought the bytes stay theirs. */
function unanswered(cause: unknown): never {
  const code = (cause as { code?: unknown } | null)?.code;
  const isLine =
    (typeof code === 'string' && /^(E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)) ||
    (cause as Error).message.startsWith('the store');
  if (!isLine) throw cause;
  throw new FileStoreUnavailable(`the object store did not answer: ${(cause as Error).message}`, { cause });
}

async function expectDone(answer: IncomingMessage, statuses: readonly number[]): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (statuses.includes(status)) return;
  let text = '';
  for await (const piece of answer) {
    text += String(piece);
    if (text.length > errorBytesMax) break;
  }
  const code = /<Code>([\w.-]{1,100})<\/Code>/.exec(text)?.[1] ?? '';
  if (status === 507 || /Full|Quota|Insufficient/i.test(code))
    throw new FileStoreFull(`the object store is full: ${code}`);
  throw new FileStoreUnavailable(`the object store answered ${status} ${code}`.trim());
}
