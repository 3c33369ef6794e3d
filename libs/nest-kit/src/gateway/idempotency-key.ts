import { refusals } from '../http/refusal.js';

const keyShape = /^[\x21-\x7e]{1,200}$/;

/** @throws Refusal 400 for a header that is no key. @returns null where none was sent */
export function readIdempotencyKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  if (keyShape.test(key)) return key;
  throw refusals.badRequest('idempotency-key/invalid', 'an Idempotency-Key is 1 to 200 visible ASCII characters');
}
