import type { Meddler, Way } from './line-connection.js';

/**
 * What becomes of one connection once `bytes` went `to` the server or came `from` it. `cut`: both ends see it closed.
 * `hold`: it stays open, and nothing passes any more.
 */
export interface Fate {
  way: Way;
  bytes: number;
  then: 'cut' | 'hold';
}

/** A connection that ends at one byte. */
export function fated({ way: fatedWay, bytes: passing, then }: Fate): Meddler {
  let left = passing;
  return (way, bytes) => {
    if (way !== fatedWay) return { bytes };
    const passed = bytes.subarray(0, left);
    const isOver = bytes.length > left;
    left -= passed.length;
    return isOver ? { bytes: passed, then } : { bytes };
  };
}

/**
 * A connection whose answer is lost to every request that `isAsked` knows by its bytes: the server has done it, the client
 * never hears, and both see the connection closed.
 */
export function answerLost(isAsked: (bytes: Buffer) => boolean): Meddler {
  let asked = false;
  return (way, bytes) => {
    if (way === 'to') asked ||= isAsked(bytes);
    return way === 'from' && asked ? { bytes: Buffer.alloc(0), then: 'cut' } : { bytes };
  };
}

/** COMMIT, as PostgreSQL's client sends it: a simple query by itself. */
export const isCommit = (bytes: Buffer): boolean => bytes.includes('commit\0');
