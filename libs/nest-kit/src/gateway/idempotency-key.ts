import { createHash } from 'node:crypto';
import { idempotencyKeyShape } from '#contracts';
import { refusals } from '../http/refusal.js';

/** @throws Refusal 400 for a header that is no key. @returns null where none was sent */
export function readIdempotencyKey(key: string | string[] | undefined): string | null {
  if (key === undefined) return null;
  if (typeof key === 'string' && idempotencyKeyShape.test(key)) return key;
  throw refusals.badRequest('idempotency-key/invalid', 'an Idempotency-Key is 1 to 200 visible ASCII characters');
}

/** A key as it is this caller's alone. */
export const callerKey = ({ issuer, subject }: { issuer: string; subject: string }, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, subject, key]))
    .digest('base64url');
