import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTestFolder, type TestFolder } from './test-folder.js';

const run = promisify(execFile);
/** Stream EVENT is allowed 1 GiB, and nats-server takes three quarters of a disk; little of the file is ever written. */
const size = '2G';

/**
 * A disk of its own, in a file, for a server that loses its power: what was not written through to the disk is gone then.
 * Needs the right to mount, and loop devices.
 */
export class PowerDisk {
  private constructor(
    private readonly folder: TestFolder,
    private image: string,
  ) {}

  /** @throws Error of the tool that is missing, or not allowed */
  static async make(): Promise<PowerDisk> {
    const folder = makeTestFolder('disk');
    const disk = new PowerDisk(folder, join(folder.path, 'disk.img'));
    try {
      await run('truncate', ['-s', size, disk.image]);
      await run('mkfs.ext4', ['-q', disk.image]);
      mkdirSync(disk.mounted);
      await run('mount', ['-o', 'loop', disk.image, disk.mounted]);
    } catch (fault) {
      folder.remove();
      throw fault;
    }
    return disk;
  }

  /** Moves a folder that nobody uses at the moment onto this disk; its name stays. */
  takeIn(place: string): void {
    cpSync(place, this.mounted, { recursive: true });
    rmSync(place, { recursive: true });
    symlinkSync(this.mounted, place);
  }

  /** What a cut of the power at this moment leaves, for cutPower(): call it while nobody writes. */
  async keepWhatIsWritten(): Promise<void> {
    await run('cp', ['--sparse=always', this.image, this.kept]);
  }

  /** Nobody uses it at the moment. From now on it has what was written at keepWhatIsWritten(), and nothing else. */
  async cutPower(): Promise<void> {
    await run('umount', [this.mounted]);
    this.image = this.kept;
    await run('mount', ['-o', 'loop', this.image, this.mounted]);
  }

  /** When nobody uses it any more. */
  async remove(): Promise<void> {
    await run('umount', [this.mounted]);
    this.folder.remove();
  }

  private get mounted(): string {
    return join(this.folder.path, 'disk');
  }

  private get kept(): string {
    return join(this.folder.path, 'kept.img');
  }
}
