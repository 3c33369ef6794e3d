import type { FileView } from '#contracts';
import type { FilePlace } from '../ports/file-store.js';
import type { FilePorts } from './keep-file.js';

/** Notes looked at in one go. */
const overdueRows = 100;

/** Removes a file for good. @returns null when there is none */
export async function removeFile({ files, ledger }: FilePorts, place: FilePlace): Promise<FileView | null> {
  const removed = await ledger.remove(place);
  if (!removed) return null;
  // The file is gone whatever comes of this: its bytes are overdue, and a gateway looks.
  await ledger.giveUp(place, removed.pending, () => files.remove(place)).catch(() => undefined);
  return removed.file;
}

/** Clears away what uploads and removals left behind that nobody finished. @returns how many */
export async function removeOverdue({ files, ledger }: FilePorts): Promise<number> {
  const overdue = await ledger.overdue(overdueRows);
  for (const { place, pending } of overdue) await ledger.giveUp(place, pending, () => files.remove(place));
  return overdue.length;
}
