import type { FileView } from '#contracts';
import type { FileBeginning, FileLedger, NewFile } from '../ports/file-ledger.js';
import type { FileStore } from '../ports/file-store.js';
import { FileStoreUnavailable } from './file-faults.js';
import { verifiedBytes } from './verified-bytes.js';

export interface FilePorts {
  files: FileStore;
  ledger: FileLedger;
}

/** A note of what is on its way holds for some minutes; until the end of a long upload it is renewed. */
const renewMs = 60_000;

/**
 * Keeps a file of a space. Safe to repeat; of several at once one is kept, and all are told so.
 * @param body is asked for its first byte only when there is room
 * @param known what becomes of the bytes of a file that is kept already: they are checked, so that a sender whose bytes are
 *   wrong is told so, or not asked for
 * @throws FileDiffers, FileStoreFull, FileStoreUnavailable, or what `body` throws: then nothing is kept
 */
export async function keepFile(
  { files, ledger }: FilePorts,
  file: NewFile,
  body: AsyncIterable<Uint8Array>,
  { known }: { known: 'check' | 'skip' },
): Promise<{ kind: 'kept'; file: FileView } | Extract<FileBeginning, { kind: 'over' }>> {
  const begun = await ledger.begin(file);
  const verified = verifiedBytes(body, file);
  if (begun.kind === 'over') return begun;
  if (begun.kind === 'known') {
    if (known === 'check') await readThrough(verified);
    return { kind: 'kept', file: begun.file };
  }
  const { pending } = begun;
  const renewing = setInterval(() => void ledger.renew(pending).catch(() => undefined), renewMs);
  try {
    await files.keep(file, verified, file.bytes);
    const kept = await ledger.finish(file, pending);
    if (kept) return { kind: 'kept', file: kept };
    throw new FileStoreUnavailable('the upload was interrupted for so long that its room was given away');
  } catch (fault) {
    // Where this fails too, the note is overdue soon, and a gateway looks.
    await ledger.giveUp(file, pending, () => files.remove(file)).catch(() => undefined);
    throw fault;
  } finally {
    clearInterval(renewing);
  }
}

async function readThrough(body: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of body) void piece;
}
