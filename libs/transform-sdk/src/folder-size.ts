import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries looked at: a folder of more holds at least what was counted. */
const entriesMax = 100_000;
const blockBytes = 512;

/** @returns MiB on disk of all that a folder holds; what vanishes while it is counted is left out. */
export async function folderMib(path: string, signal?: AbortSignal): Promise<number> {
  let blocks = 0;
  let entries = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const listing = await opendir(folder).catch(() => null);
    if (listing === null) continue;
    for await (const entry of listing) {
      if (signal?.aborted === true || ++entries > entriesMax) return mibOf(blocks);
      const at = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(at);
      blocks += (await lstat(at).catch(() => null))?.blocks ?? 0;
    }
  }
  return mibOf(blocks);
}

const mibOf = (blocks: number): number => (blocks * blockBytes) / 2 ** 20;
