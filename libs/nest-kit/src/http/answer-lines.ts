import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const partBytes = 64 * 1024;

/** Level 1 saves most of what can be saved, and keeps pace with the database. */
const gzipLevel = 1;

/**
 * Answers with NDJSON as it is made, with back-pressure, gzip where the client accepts it. A fault before the first piece
 * is the caller's, still to be answered as a problem; one in the middle cuts the answer, so that the client sees that it is
 * not whole.
 * @param pieces whole lines
 * @param onCut is told the fault that cut the answer, but not that the client left
 */
export async function answerLines(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  pieces: AsyncGenerator<string>,
  onCut: (fault: Error) => void,
): Promise<void> {
  const first = await pieces.next();
  const packed = acceptsGzip(request.headers['accept-encoding']);
  response.writeHead(200, {
    'content-type': 'application/x-ndjson',
    vary: 'accept, accept-encoding',
    'cache-control': 'no-store',
    ...(packed && { 'content-encoding': 'gzip' }),
  });
  if (request.method === 'HEAD') {
    response.end();
    await pieces.return(undefined);
    return;
  }
  const source = Readable.from(first.done ? [] : chained(first.value, keptIn(pieces)), { objectMode: false });
  try {
    if (packed) await pipeline(source, createGzip({ level: gzipLevel }), response);
    else await pipeline(source, response);
  } catch (fault) {
    if (!isLeft(fault)) onCut(fault as Error);
  }
}

/** Whether a client says that it reads gzip; `gzip;q=0` says that it does not. */
export const acceptsGzip = (header: string | string[] | undefined): boolean =>
  String(header ?? '')
    .split(',')
    .some((coding) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));

/** The same, made where it is asked for first: whoever pulls later is a socket that knows nothing of the request. */
function keptIn(pieces: AsyncGenerator<string>): AsyncIterable<string> {
  const next = AsyncResource.bind(() => pieces.next());
  const end = AsyncResource.bind(() => pieces.return(undefined));
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

async function* chained(first: string, rest: AsyncIterable<string>): AsyncGenerator<Buffer> {
  yield* partsOf(first);
  for await (const piece of rest) yield* partsOf(piece);
}

/** Small enough that a client which reads slowly is seen to read. */
function* partsOf(piece: string): Generator<Buffer> {
  const bytes = Buffer.from(piece);
  for (let from = 0; from < bytes.length; from += partBytes) yield bytes.subarray(from, from + partBytes);
}

/** The client closed the connection: it has seen enough. */
const isLeft = (fault: unknown): boolean =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET'].includes(String((fault as { code?: unknown }).code));
