import type { IncomingMessage } from 'node:http';
import { refusals } from './refusal.js';

/** Bodies that were read before their handler reads them. */
const kept = new WeakMap<IncomingMessage, Buffer>();

/** readBody() that leaves the body to be read once more. */
export async function keepBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const body = await readBody(request, bytesMax);
  kept.set(request, body);
  return body;
}

/**
 * The whole body of a request.
 * @throws Refusal 413 as soon as it is known to be over `bytesMax`; the rest is not kept. 400 when the client ends early.
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const known = kept.get(request);
  if (known)
    return known.length > bytesMax ? Promise.reject(refusals.tooLarge('the body', bytesMax)) : Promise.resolve(known);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) return Promise.reject(refusals.tooLarge('the body', bytesMax));
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > bytesMax) reject(refusals.tooLarge('the body', bytesMax));
      else parts.push(part);
    });
    request.on('end', () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, bytes)));
    request.on('error', () =>
      reject(refusals.badRequest('http/body-cut', 'the body ended before its announced length')),
    );
  });
}

/** `type/subtype` of a Content-Type, lower case, if its charset is UTF-8 or none; else null. */
export function contentTypeOf(header: string | undefined): string | null {
  const [type, ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return utf8 ? (type ?? '').trim() : null;
}
