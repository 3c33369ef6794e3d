import { createHash } from 'node:crypto';
import type { FilePlace } from '#engine';

/**
 * Where a file lies below a folder or a bucket's prefix: `<space>/<two digits>/<checksum>`, and a full log:
 * `<space>/logs/<workflow>/<ordinal>.<attempt>`. A space's name is anybody's text,
 * so its SHA-256 stands for it, of which 32 digits are enough to keep spaces apart.
 */
export function pathOf({ space, sha256, log }: FilePlace): string[] {
  const own = createHash('sha256').update(space).digest('hex').slice(0, 32);
  if (log) return [own, 'logs', log.workflow, `${log.ordinal}.${log.attempt}`];
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`no checksum: ${sha256}`);
  return [own, sha256.slice(0, 2), sha256];
}
