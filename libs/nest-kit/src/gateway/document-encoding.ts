import type { IncomingMessage } from 'node:http';
import { contentTypeOf } from '../http/read-body.js';
import { refusals } from '../http/refusal.js';

/** What a document, or a part of one, is sent as: one of `types`, plain or gzip. @throws Refusal 415 */
export function checkDocumentEncoding({ headers }: IncomingMessage, types: readonly string[]): void {
  const type = contentTypeOf(headers['content-type']);
  if (!types.some((each) => each === type)) throw refusals.contentType(types);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') throw refusals.contentType(['gzip', 'not compressed']);
}
