import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ByteRange, type FilePlace, type FileStore, FileStoreFull, FileStoreUnavailable } from '#engine';
import { pathOf } from './file-path.js';

/** Bytes are written here first, on the same disk, and get their name when they are whole. */
const draftFolder = '.drafts';
/** No upload leaves its draft alone for so long: its gateway has died. */
const draftMsMax = 24 * 3_600_000;
const readBytes = 256 * 1024;

/**
 * Files below one folder; several gateways may share it. F1 Under its name a file is whole: it is forced to disk before it
 * gets it, and the name before it counts. F2 What came to nothing is gone, at the latest with the next start a day later.
 */
export class FolderFileStore implements FileStore {
  private constructor(private readonly root: string) {}

  /** @throws FileStoreUnavailable when the folder cannot be made or written */
  static async open(root: string): Promise<FolderFileStore> {
    const drafts = join(root, draftFolder);
    try {
      await mkdir(drafts, { recursive: true, mode: 0o700 });
      for (const name of await readdir(drafts)) await removeOld(join(drafts, name));
    } catch (cause) {
      throw new FileStoreUnavailable(`the folder of files ${root} cannot be used: ${(cause as Error).message}`, {
        cause,
      });
    }
    return new FolderFileStore(root);
  }

  async keep(place: FilePlace, body: AsyncIterable<Uint8Array>): Promise<void> {
    const draft = join(this.root, draftFolder, randomUUID());
    try {
      await writeWhole(draft, body);
      await this.name(draft, this.path(place));
    } catch (fault) {
      await rm(draft, { force: true });
      throw diskFault(fault);
    }
  }

  async read(place: FilePlace, range: ByteRange | null): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      const file = await open(this.path(place), 'r');
      const part = range === null ? {} : { start: range.first, end: range.last };
      return file.createReadStream({ ...part, highWaterMark: readBytes });
    } catch (fault) {
      if (isMissing(fault)) return null;
      throw diskFault(fault);
    }
  }

  async remove(place: FilePlace): Promise<void> {
    try {
      await rm(this.path(place), { force: true });
    } catch (fault) {
      throw diskFault(fault);
    }
  }

  private path(place: FilePlace): string {
    return join(this.root, ...pathOf(place));
  }

  private async name(draft: string, path: string): Promise<void> {
    const folder = dirname(path);
    const firstMade = await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(draft, path);
    await syncFolder(folder);
    if (firstMade === undefined) return;
    for (let above = dirname(folder); above.length >= this.root.length; above = dirname(above)) await syncFolder(above);
  }
}

async function writeWhole(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of body) await file.appendFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | null = null;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } finally {
    await folder?.close();
  }
}

async function removeOld(draft: string): Promise<void> {
  try {
    if (Date.now() - (await stat(draft)).mtimeMs > draftMsMax) await rm(draft, { force: true });
  } catch (fault) {
    if (!isMissing(fault)) throw fault; // its upload ended at this moment
  }
}

const codeOf = (fault: unknown): string => {
  const code = (fault as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};
const isMissing = (fault: unknown): boolean => codeOf(fault) === 'ENOENT';

/** What the disk said, apart from what was thrown by those who brought the bytes. */
function diskFault(fault: unknown): unknown {
  const code = codeOf(fault);
  const { syscall, message } = fault as { syscall?: unknown; message?: string };
  if (['ENOSPC', 'EDQUOT'].includes(code))
    return new FileStoreFull('the disk of the file store is full', { cause: fault });
  const isOurs =
    typeof syscall === 'string' && ['open', 'write', 'fsync', 'rename', 'mkdir', 'unlink'].includes(syscall);
  return isOurs ? new FileStoreUnavailable(`the file store failed: ${message ?? code}`, { cause: fault }) : fault;
}
