/** A name's 64-bit hash as two unsigned 32-bit halves: JavaScript has no cheap 64-bit integer. */
export type NameHash = readonly [low: number, high: number];

/**
 * Hashes a name to 64 bits (two murmur-like lanes over UTF-16 units, crossed at the end). Fixed for ever: packs in the
 * database hold its values. It is not a secret keyed hash: equal hashes are compared by name before anything is refused.
 */
export function hashName(name: string): NameHash {
  let a = 0xdeadbeef ^ name.length;
  let b = 0x41c6ce57;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
    a = (a << 13) | (a >>> 19);
    b = (b << 17) | (b >>> 15);
  }
  const low = mix(a ^ Math.imul(b, 0x85ebca77));
  const high = mix(b ^ Math.imul(low, 0xc2b2ae3d));
  return [low, high];
}

/** Murmur3's last step: every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
