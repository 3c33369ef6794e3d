import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Another worker uses the folder; give this one its own, or end the other. */
export class FolderInUse extends Error {
  constructor(
    readonly folder: string,
    readonly owner: string,
  ) {
    super(
      `the work folder ${folder} is in use by ${owner}. Give this worker another --work-dir; ` +
        `if that process is gone for good, remove ${join(folder, 'lock')}`,
    );
    this.name = 'FolderInUse';
  }
}

/** Folders that this process has locked: a container's worker may have the process id of the one before it. */
const own = new Set<string>();

/** One process's right to a folder. What a dead process of this machine left is taken over. */
export class FolderLock {
  private constructor(private readonly folder: string) {}

  /** @throws FolderInUse */
  static take(folder: string): FolderLock {
    const path = join(folder, 'lock');
    const [host = '', pid = ''] = readLock(path).split(' ');
    const elsewhere = host !== '' && host !== hostname();
    if (own.has(folder) || elsewhere || isAnotherAlive(Number(pid)))
      throw new FolderInUse(folder, `process ${pid} on ${host}`);
    writeFileSync(path, `${hostname()} ${process.pid}`, { mode: 0o600 });
    own.add(folder);
    return new FolderLock(folder);
  }

  release(): void {
    own.delete(this.folder);
    rmSync(join(this.folder, 'lock'), { force: true });
  }
}

function readLock(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isAnotherAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
