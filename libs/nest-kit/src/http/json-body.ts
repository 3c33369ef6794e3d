import type { IncomingMessage } from 'node:http';
import { contentTypeOf, readBody } from './read-body.js';
import { refusals } from './refusal.js';
import { schemaErrors } from './schema-errors.js';

/** Bytes of a JSON body on routes that do not say otherwise. */
export const jsonBytesMax = 1024 * 1024;

type Issues = Parameters<typeof schemaErrors>[0];
/** A contract's schema, as far as reading a request needs it. */
export interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: Issues } };
}

/** A body of type application/json as text. @throws Refusal 415, 413 */
export async function jsonText(request: IncomingMessage, bytesMax = jsonBytesMax): Promise<string> {
  const type = contentTypeOf(request.headers['content-type']);
  if (type !== 'application/json') throw refusals.contentType(['application/json']);
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw refusals.contentType(['not compressed']);
  const text = utf8(await readBody(request, bytesMax));
  texts.set(request, text);
  return text;
}

const texts = new WeakMap<IncomingMessage, string>();

/** What jsonText() read of a request; undefined: nothing yet. */
export const bodyTextOf = (request: IncomingMessage): string | undefined => texts.get(request);

/** jsonText() of a request that may have no body: then `{}`. */
export function jsonTextIfAny(request: IncomingMessage): Promise<string> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return Number(length ?? 0) === 0 && encoding === undefined ? Promise.resolve('{}') : jsonText(request);
}

/** @throws Refusal 400 for bytes that are no UTF-8: replaced by U+FFFD, two names could become one */
export function utf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw refusals.badJson('the body is not UTF-8');
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Escapes in JSON text, one after the other; caught: NUL, and half a character. PostgreSQL keeps neither. */
const escapes = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u(0000|[dD][89a-fA-F][\da-fA-F]{2})|[^])/g;
const mayHoldThem = /\\u(?:0000|[dD][89a-fA-F])/;

/** @throws Refusal 400 for what is no JSON or holds what cannot be kept, 422 with every bad place for the wrong shape */
export function readJsonAs<T>(schema: Schema<T>, text: string): T {
  if (mayHoldThem.test(text)) {
    for (const [, caught] of text.matchAll(escapes)) if (caught) throw refusals.forbiddenChar('the body', caught);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusals.badJson((cause as Error).message.slice(0, 200));
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw refusals.shape(schemaErrors(read.error.issues));
}

/** Query parameters. @throws Refusal 400 for an unknown one or a bad value */
export function queryAs<T>(schema: Schema<T>, query: unknown): T {
  const read = schema.safeParse(query);
  if (read.success) return read.data;
  const errors = schemaErrors(read.error.issues);
  const [first] = errors;
  const detail = `the query is wrong: ${first?.pointer ? `${first.pointer.slice(1)}: ` : ''}${first?.message ?? ''}`;
  const code = read.error.issues[0]?.code === 'unrecognized_keys' ? 'query/unknown-field' : 'query/invalid';
  throw refusals.badRequest(code, detail, errors);
}
