import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { KeptFolders, type KeptFoldersBound } from './kept-folders.js';
import type { LeasedJob } from './leased-job.js';

/** Which attempts' folders stay after their end. */
export type KeepFolders = 'all' | 'failed' | 'none';

const usualBound: KeptFoldersBound = { folders: 1_000, mib: 4_096 };

/** The folders of attempts: `attempts/<workflow>/<ordinal>.<attempt>`, mode 0700. */
export class WorkFolders {
  private readonly kept: KeptFolders;
  /** Those that attempts work in. */
  private readonly used = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly keep: KeepFolders,
    bound: KeptFoldersBound = usualBound,
  ) {
    this.kept = new KeptFolders(join(root, 'attempts'), bound);
  }

  /** @returns a new, empty folder; with a random ending when an earlier worker left one of that name */
  async make(job: LeasedJob): Promise<string> {
    const path = this.pathOf(job);
    this.used.add(path);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await mkdir(path, { mode: 0o700 });
      return path;
    } catch (fault) {
      this.used.delete(path);
      if (!isNativeError(fault) || !('code' in fault) || fault.code !== 'EEXIST') throw fault;
      const another = await mkdtemp(`${path}-`);
      this.used.add(another);
      return another;
    }
  }

  /**
   * Keeps or removes what an ended attempt left, and older ones that are over the bound. Its log lines go to the file
   * `log` of a folder that stays: a new one, since a link of that name, left by the program, would have the worker write
   * anywhere.
   */
  async settle(ended: { folder: string; finished: boolean; log: readonly string[] }): Promise<void> {
    const { folder, finished, log } = ended;
    const stays = this.keep === 'all' || (this.keep === 'failed' && !finished);
    try {
      if (!stays) return await rm(folder, { recursive: true, force: true });
      const lines = log.map((line) => `${line}\n`).join('');
      if (lines !== '') await writeFile(join(folder, 'log'), lines, { flag: 'wx' });
      await this.kept.add(folder, (path) => this.used.has(path));
    } finally {
      this.used.delete(folder); // not before: what is being kept must not be found as an earlier worker's
    }
  }

  private pathOf(job: LeasedJob): string {
    return join(this.root, 'attempts', job.task.facts.workflow, `${job.spec.ordinal}.${job.attempt}`);
  }
}
