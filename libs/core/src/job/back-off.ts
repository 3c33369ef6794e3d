import { hashName } from '../seal/name-hash.js';

/** Longest back-off before it is spread, in seconds. */
export const backoffMaxSec = 3_600;
/** A back-off lasts up to so much longer than it was asked to, as a part of it. */
const spreadPart = 0.5;

/** The wait before retry number `retriesBefore` + 1, in seconds: doubled for each one before it, up to backoffMaxSec. */
export function backoffSec(firstSec: number, retriesBefore: number): number {
  return Math.min(firstSec * 2 ** Math.min(retriesBefore, 32), Math.max(firstSec, backoffMaxSec));
}

/**
 * Spreads a back-off over half of its length more, so that jobs that failed together do not come back together. Never
 * shorter; the same for the same attempt, whoever asks and however often.
 * @param attempt names it, such as `17:3#1`
 */
export const spreadSec = (delaySec: number, attempt: string): number =>
  delaySec * (1 + spreadPart * fractionOf(attempt));

/** 0 to 1, as even as chance. */
const fractionOf = (text: string): number => (hashName(text)[1] >>> 0) / 2 ** 32;
