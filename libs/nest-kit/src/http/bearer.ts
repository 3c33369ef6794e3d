import { createHash, timingSafeEqual } from 'node:crypto';

const scheme = /^bearer /i;

/** @returns the token of an `Authorization: Bearer` header, or null */
export function bearerOf(header: string | undefined): string | null {
  return header !== undefined && scheme.test(header) ? header.slice('Bearer '.length).trim() : null;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in a time that tells nothing about where two texts differ, nor about their lengths. */
export const sameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected));
