import { createHash } from 'node:crypto';
import type { FilePlace } from '#engine';

/**
 * Where a file lies below a folder or a bucket's prefix: `<space>/<two digits>/<checksum>`. A space's name is anybody's text,
 * so its SHA-256 stands for it, of which 32 digits are enough to keep spaces apart.
 */
export function pathOf({ space, sha256 }: FilePlace): string[] {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`no checksum: ${sha256}`);
  return [createHash('sha256').update(space).digest('hex').slice(0, 32), sha256.slice(0, 2), sha256];
}
