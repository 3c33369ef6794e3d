import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FileView } from '#contracts';
import type { ByteRange } from '#engine';
import { namesTag } from './entity-tag.js';
import { rangeAsked } from './byte-range.js';
import { Refusal } from './refusal.js';

/** Reads the bytes, or some of them; null when they are not there. */
export type ReadBytes = (range: ByteRange | null) => Promise<AsyncIterable<Uint8Array> | null>;

/**
 * Answers with the bytes of a file, or the range of them that is asked for, with back-pressure. What somebody uploaded is
 * never shown as a page of ours: browsers save it.
 * @returns false when the bytes are not there; nothing is answered then
 * @throws Refusal 416; a fault in the middle, when all that is left is to cut the answer
 */
export async function answerFile(response: ServerResponse, file: FileView, read: ReadBytes): Promise<boolean> {
  const { method, headers } = response.req;
  const tag = `"${file.sha256}"`;
  const shared = {
    etag: tag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'last-modified': new Date(file.createdAt).toUTCString(),
  };
  if (namesTag(headers['if-none-match'], tag)) {
    response.writeHead(304, shared).end();
    return true;
  }
  const isSame = headers['if-range'] === undefined || headers['if-range'] === tag;
  const asked = rangeAsked(isSame ? headers.range : undefined, file.bytes);
  if (asked.kind === 'beyond') throw beyond(file.bytes);
  const range = asked.kind === 'part' ? asked.range : null;
  const bytes = method === 'HEAD' ? [] : await read(range);
  if (bytes === null) return false;
  response.writeHead(range === null ? 200 : 206, {
    ...shared,
    'content-type': file.mediaType,
    'content-length': range === null ? file.bytes : range.last - range.first + 1,
    ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${file.bytes}` }),
    'content-disposition': 'attachment',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  if (method === 'HEAD') response.end();
  else await pipeline(Readable.from(bytes, { objectMode: false }), response);
  return true;
}

const beyond = (bytes: number): Refusal =>
  new Refusal(
    { status: 416, code: 'file/range', title: 'No such bytes', detail: `the file has ${bytes} bytes` },
    { 'content-range': `bytes */${bytes}` },
  );
