import type { ByteRange } from '#engine';

/** `whole`: none was asked for, or one that a server may leave aside. `beyond`: none of these bytes are there. */
export type AskedRange = { kind: 'whole' } | { kind: 'part'; range: ByteRange } | { kind: 'beyond' };

/** What a Range header asks for of so many bytes. Several ranges in one request are answered with the whole (RFC 9110). */
export function rangeAsked(header: string | undefined, bytes: number): AskedRange {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replace(/\s/g, '') ?? '') ?? [];
  if (from === '' && to === '') return { kind: 'whole' };
  if (from === '') return rangeOf(Math.max(bytes - Number(to), 0), bytes - 1, Number(to) > 0 && bytes > 0);
  if (to !== '' && Number(to) < Number(from)) return { kind: 'whole' }; // no range at all
  return rangeOf(Number(from), to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1), Number(from) < bytes);
}

const rangeOf = (first: number, last: number, isThere: boolean): AskedRange =>
  isThere ? { kind: 'part', range: { first, last } } : { kind: 'beyond' };
