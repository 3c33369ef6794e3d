import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderMib } from '#transform-sdk';

/** How much of ended attempts' folders a worker keeps. */
export interface KeptFoldersBound {
  folders: number;
  mib: number;
}

/** What says most about a failed attempt and takes least: kept of a folder that is larger than the bound. */
const logNames = new Set(['stdout', 'stderr', 'log']);

interface Kept {
  path: string;
  mib: number;
}

/**
 * Owns the folders of ended attempts that stay: the newest, up to a bound, so that failures never fill a disk. Those of
 * earlier workers in the same work folder count; they are found when the first folder is kept. One step at a time.
 */
export class KeptFolders {
  private kept: Kept[] = [];
  private mib = 0;
  private last: Promise<void> | null = null;

  /** @param root holds a folder for each workflow, and that one for each attempt */
  constructor(
    private readonly root: string,
    private readonly bound: KeptFoldersBound,
  ) {}

  /**
   * Keeps one more, and lets the oldest go for it.
   * @param isInUse says of a folder found beside it whether an attempt works there or it is being kept itself
   */
  add(path: string, isInUse: (path: string) => boolean): Promise<void> {
    const before = this.last ?? this.findEarlier(isInUse);
    this.last = before.catch(() => undefined).then(() => this.keep(path)); // one that cannot be removed stops no other
    return this.last;
  }

  private async keep(path: string): Promise<void> {
    let mib = await folderMib(path);
    if (mib > this.bound.mib) {
      await keepLogs(path);
      mib = await folderMib(path);
    }
    this.kept.push({ path, mib });
    this.mib += mib;
    while (this.kept.length > this.bound.folders || this.mib > this.bound.mib) await this.dropOldest();
  }

  private async dropOldest(): Promise<void> {
    const oldest = this.kept.shift();
    if (oldest === undefined) return void (this.mib = 0);
    this.mib -= oldest.mib;
    await rm(oldest.path, { recursive: true, force: true });
  }

  private async findEarlier(isLeftOut: (path: string) => boolean): Promise<void> {
    const found: (Kept & { atMs: number })[] = [];
    for (const workflow of await namesIn(this.root)) {
      for (const attempt of await namesIn(join(this.root, workflow))) {
        const path = join(this.root, workflow, attempt);
        const atMs = (await stat(path).catch(() => null))?.mtimeMs;
        if (atMs !== undefined && !isLeftOut(path)) found.push({ path, atMs, mib: await folderMib(path) });
      }
    }
    found.sort((a, b) => a.atMs - b.atMs);
    this.kept = found.map(({ path, mib }) => ({ path, mib }));
    this.mib = found.reduce((sum, { mib }) => sum + mib, 0);
  }
}

async function keepLogs(path: string): Promise<void> {
  for (const name of await namesIn(path)) {
    if (!logNames.has(name)) await rm(join(path, name), { recursive: true, force: true });
  }
}

const namesIn = (path: string): Promise<string[]> => readdir(path).catch(() => []);
