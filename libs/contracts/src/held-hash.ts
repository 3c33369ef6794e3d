/** 32-bit FNV-1a of ASCII text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/**
 * What a heartbeat says instead of a list: the sum modulo 2^32 of the FNV-1a hash of each `job:attempt`, so that order
 * does not matter and one that comes or goes is one addition.
 */
export const heldHash = (keys: Iterable<string>): number => {
  let sum = 0;
  for (const key of keys) sum = (sum + fnv1a(key)) >>> 0;
  return sum;
};
