import { createHash } from 'node:crypto';
import { FileDiffers } from './file-faults.js';

/**
 * Hands bytes on as they come. The last of them are held back until all are known to be right: who stores them has nothing
 * whole before.
 * @throws FileDiffers as soon as they are too many, else at their end
 */
export async function* verifiedBytes(
  body: AsyncIterable<Uint8Array>,
  announced: { sha256: string; bytes: number },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  let held: Uint8Array | null = null;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > announced.bytes) throw new FileDiffers(announced, { sha256: null, bytes });
    hash.update(piece);
    if (held) yield held;
    held = piece;
  }
  const sha256 = hash.digest('hex');
  if (bytes < announced.bytes) throw new FileDiffers(announced, { sha256: null, bytes });
  if (sha256 !== announced.sha256) throw new FileDiffers(announced, { sha256, bytes });
  if (held) yield held;
}
