import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DocumentRefused, refusalOf } from './refusal.js';

/** Bytes of a document or chunk, as they arrive. */
export type Bytes = AsyncIterable<Uint8Array>;

/**
 * Inflates gzip, known by its first two bytes; passes anything else on as it is.
 * @throws DocumentRefused when the gzip is broken or cut short
 */
export async function* inflated(source: Bytes): Bytes {
  const { head, rest } = await headOf(source, (bytes) => bytes.length >= 2);
  const whole = joined(head, rest);
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzipped(whole);
  else yield* whole;
}

/** Passes bytes on until there are more than `max`; then refuses them with `refused`. */
export async function* atMost(source: Bytes, max: number, refused: () => DocumentRefused): Bytes {
  let bytes = 0;
  for await (const block of source) {
    bytes += block.length;
    if (bytes > max) throw refused();
    yield block;
  }
}

/** Passes bytes on and hashes them. `digest()` of the hash is the caller's, once the bytes are read. */
export async function* hashing(source: Bytes, hash: Hash): Bytes {
  for await (const block of source) {
    hash.update(block);
    yield block;
  }
}

// A large text in one piece would hold the event loop for as long as its jobs take to check.
const pieceBytes = 256 * 1024;

/** Bytes that are here already, some at a time. */
export async function* inPieces(bytes: Uint8Array): Bytes {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    yield bytes.subarray(at, at + pieceBytes);
    await new Promise(setImmediate);
  }
}

/** The hash that chunks and uploads are known by. */
export const documentHash = (): Hash => createHash('sha256');

/**
 * Reads until `isEnough` says so or the source ends.
 * @returns what was read, and what follows it
 */
export async function headOf(
  source: Bytes,
  isEnough: (head: Buffer) => boolean,
): Promise<{ head: Buffer; rest: Bytes }> {
  const blocks = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (!isEnough(head)) {
    const next = await blocks.next();
    if (next.done) return { head, rest: following(blocks, true) };
    head = Buffer.concat([head, next.value]);
  }
  return { head, rest: following(blocks, false) };
}

/** What headOf() took apart, in one piece again. */
export async function* joined(head: Uint8Array, rest: Bytes): Bytes {
  if (head.length > 0) yield head;
  yield* rest;
}

async function* following(blocks: AsyncIterator<Uint8Array>, ended: boolean): Bytes {
  if (!ended) yield* { [Symbol.asyncIterator]: () => blocks };
}

async function* gunzipped(source: Bytes): Bytes {
  const from = Readable.from(source, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  from.on('error', (error) => gunzip.destroy(error));
  from.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    throw isBrokenGzip(error) ? brokenGzip(error) : error;
  } finally {
    from.destroy();
  }
}

const isBrokenGzip = (error: unknown): error is NodeJS.ErrnoException =>
  String((error as NodeJS.ErrnoException | null)?.code).startsWith('Z_');

const brokenGzip = (error: Error): DocumentRefused =>
  new DocumentRefused(
    refusalOf({
      code: 'BAD_SYNTAX',
      where: '/',
      message: `the gzip cannot be inflated: ${error.message}`,
      remedy: 'It is damaged or was cut short: compress the document again, or send it plain.',
    }),
  );
