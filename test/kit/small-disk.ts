import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statfsSync, statSync, writeSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';

const mib = 1024 * 1024;
/** What is left of room in which the ballast finds none. */
const blockBytes = 4_096;

/**
 * A folder moved to a disk of its own, in memory, which can run full and be given room. Nobody may use the folder while it
 * moves. Only root may mount.
 */
export class SmallDisk {
  private readonly ballast: string;

  private constructor(private readonly folder: string) {
    this.ballast = join(folder, 'ballast');
  }

  /** @param roomMib beside what is in the folder already. @throws when this machine refuses to mount */
  static hold(folder: string, roomMib: number): SmallDisk {
    const before = `${folder}.before`;
    const { uid, gid, mode } = statSync(folder);
    renameSync(folder, before);
    mkdirSync(folder);
    const size = `size=${mibIn(before) + roomMib}m`;
    const options = [size, `uid=${uid}`, `gid=${gid}`, `mode=${(mode & 0o777).toString(8)}`].join();
    run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder);
    run('cp', '-a', `${before}/.`, folder);
    rmSync(before, { recursive: true });
    return new SmallDisk(folder);
  }

  /** Not a block is left. */
  fill(): void {
    const file = openSync(this.ballast, 'a');
    const block = Buffer.alloc(blockBytes);
    try {
      while (statfsSync(this.folder).bavail > 0) writeSync(file, block);
    } finally {
      closeSync(file);
    }
  }

  /** Of what it was filled with nothing is left, and it is larger than before. */
  giveRoom(moreMib: number): void {
    rmSync(this.ballast, { force: true });
    const { blocks, bsize } = statfsSync(this.folder);
    run('mount', '-o', `remount,size=${Math.ceil((blocks * bsize) / mib) + moreMib}m`, this.folder);
  }

  /** Nobody uses it any more; what was on it is gone. */
  remove(): void {
    run('umount', this.folder);
  }
}

/** Whether this process may mount a disk. */
export function mayMount(): boolean {
  try {
    run('unshare', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt');
    return true;
  } catch {
    return false;
  }
}

const mibIn = (folder: string): number => Math.ceil(Number.parseInt(run('du', '-sk', folder)) / 1_024);

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
