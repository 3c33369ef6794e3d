import { FileStoreUnavailable } from '../file/file-faults.js';
import { verifiedBytes } from '../file/verified-bytes.js';
import type { FileStore } from '../ports/file-store.js';
import type { LogBeginning, LogLedger, NewLog } from '../ports/log-ledger.js';

export interface LogPorts {
  files: FileStore;
  logs: LogLedger;
}

/** Rows looked at in one go. */
const removedRows = 100;

/**
 * Keeps the full log of an attempt. Safe to repeat.
 * @param body is asked for its first byte only when there is room
 * @throws FileDiffers, FileStoreFull, FileStoreUnavailable, or what `body` throws: then nothing is kept
 */
export async function keepLog(
  { files, logs }: LogPorts,
  log: NewLog,
  body: AsyncIterable<Uint8Array>,
): Promise<Exclude<LogBeginning['kind'], 'pending'>> {
  const begun = await logs.begin(log);
  if (begun.kind !== 'pending') return begun.kind;
  const { place } = begun;
  try {
    await files.keep(place, verifiedBytes(body, log), log.bytes);
    if (await logs.finish(log)) return 'kept';
    throw new FileStoreUnavailable('the upload was interrupted for so long that its room was given away');
  } catch (fault) {
    // Where this fails too, the row is overdue soon, and a gateway looks.
    await logs.remove(log, { pending: true }, () => files.remove(place)).catch(() => undefined);
    throw fault;
  }
}

/** Clears away what uploads left behind that nobody finished, and logs of archived workflows. @returns how many */
export async function removeOldLogs({ files, logs }: LogPorts): Promise<number> {
  const overdue = await logs.overdue(removedRows);
  for (const log of overdue) await logs.remove(log, { pending: true }, () => files.remove(log.place));
  const archived = await logs.archived(removedRows);
  for (const log of archived) await logs.remove(log, { pending: false }, () => files.remove(log.place));
  return overdue.length + archived.length;
}
