import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './answer-lines.js';
import { entityTag, namesTag } from './entity-tag.js';

/** Smaller ones fit into one packet as they are. */
const gzipBytesMin = 1_400;
const gzipLevel = 1;
const pack = promisify(gzip);

export interface WholeAnswer {
  status: number;
  body: string;
  /** `application/json`, if it is left out. */
  type?: string;
}

/**
 * A whole answer to a user. What is read carries an ETag, and is a 304 without a body to who has it already. Packed where
 * that saves and the client accepts it. Does nothing when the client has gone.
 */
export async function answerWhole(
  response: ServerResponse,
  { status, body, type = 'application/json' }: WholeAnswer,
): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  const { method, headers } = response.req;
  const bytes = Buffer.from(body);
  const isRead = status === 200 && (method === 'GET' || method === 'HEAD');
  response.setHeader('vary', 'accept, accept-encoding');
  response.setHeader('cache-control', isRead ? 'private, no-cache' : 'no-store');
  if (isRead) {
    const tag = entityTag(bytes);
    response.setHeader('etag', tag);
    if (namesTag(headers['if-none-match'], tag)) {
      response.writeHead(304).end();
      return;
    }
  }
  const isPacked = bytes.length >= gzipBytesMin && acceptsGzip(headers['accept-encoding']);
  const sent = isPacked ? await pack(bytes, { level: gzipLevel }) : bytes;
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': type,
    'content-length': sent.length,
    'x-content-type-options': 'nosniff',
    ...(isPacked && { 'content-encoding': 'gzip' }),
  });
  response.end(sent);
}
