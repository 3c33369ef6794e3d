import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { LeasedJob } from './leased-job.js';

/** Which attempts' folders stay after their end. */
export type KeepFolders = 'all' | 'failed' | 'none';

/** The folders of attempts: `attempts/<workflow>/<ordinal>.<attempt>`, mode 0700. */
export class WorkFolders {
  constructor(
    private readonly root: string,
    private readonly keep: KeepFolders,
  ) {}

  /** @returns a new, empty folder; with a random ending when an earlier worker left one of that name */
  async make(job: LeasedJob): Promise<string> {
    const path = this.pathOf(job);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await mkdir(path, { mode: 0o700 });
      return path;
    } catch (fault) {
      if (isNativeError(fault) && 'code' in fault && fault.code === 'EEXIST') return mkdtemp(`${path}-`);
      throw fault;
    }
  }

  /**
   * Keeps or removes what an ended attempt left. Its log lines go to the file `log` of a folder that stays: a new one,
   * since a link of that name, left by the program, would have the worker write anywhere.
   */
  async settle(ended: { folder: string; finished: boolean; log: readonly string[] }): Promise<void> {
    const stays = this.keep === 'all' || (this.keep === 'failed' && !ended.finished);
    if (!stays) await rm(ended.folder, { recursive: true, force: true });
    else if (ended.log.length > 0)
      await writeFile(join(ended.folder, 'log'), ended.log.map((line) => `${line}\n`).join(''), { flag: 'wx' });
  }

  private pathOf(job: LeasedJob): string {
    return join(this.root, 'attempts', job.task.facts.workflow, `${job.spec.ordinal}.${job.attempt}`);
  }
}
