import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';
const mib = 1024 * 1024;

/** A cgroup with little memory: whoever is put into it and asks for more than that besides is killed by the kernel. */
export class MemoryCage {
  private constructor(private readonly folder: string) {}

  /** @returns null where this process may not make one */
  static open(name: string, limitMib: number): MemoryCage | null {
    const place = memoryCgroups();
    if (!place) return null;
    const cage = new MemoryCage(join(place.folder, `trial-${name}-${process.pid}`));
    try {
      mkdirSync(cage.folder);
      writeFileSync(join(cage.folder, place.limit), String(limitMib * mib));
      return cage;
    } catch {
      cage.remove();
      return null;
    }
  }

  take(pid: number): void {
    writeFileSync(join(this.folder, 'cgroup.procs'), String(pid));
  }

  /** When nobody is in it any more. */
  remove(): void {
    if (existsSync(this.folder)) rmdirSync(this.folder);
  }
}

/** Of version 1, or of version 2 where that hands memory on to the groups below the root. */
function memoryCgroups(): { folder: string; limit: string } | null {
  const first = join(root, 'memory');
  if (existsSync(join(first, 'memory.limit_in_bytes'))) return { folder: first, limit: 'memory.limit_in_bytes' };
  const handedOn = join(root, 'cgroup.subtree_control');
  const hasMemory = existsSync(handedOn) && readFileSync(handedOn, 'utf8').split(/\s+/).includes('memory');
  return hasMemory ? { folder: root, limit: 'memory.max' } : null;
}
