/**
 * Finds where this worker may make cgroups: below the one that it is in itself, so that whoever holds the worker to
 * limits holds its jobs too. Version 1 where the kernel's memory controller is there, else version 2. There a group that
 * has processes cannot have limited children, so the worker moves itself into a child first, and does so only when it is
 * alone in its group: others are not ours to move. A folder that was prepared for it needs no such step.
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CgroupPlace } from './cgroup.js';
import { Cgroup1Place, type Cgroup1Folders } from './cgroup1.js';
import { Cgroup2Place } from './cgroup2.js';
import { offerControl, readControl } from './control-file.js';

/** Where the worker itself goes in a cgroup of version 2 that it shares with its jobs. */
const selfFolder = 'sluice-worker';

/** What the kernel says of this process; as text, so that tests can say it. */
export interface CgroupFacts {
  /** /proc/self/cgroup */
  memberships: string;
  /** /proc/self/mountinfo */
  mounts: string;
  pid: number;
}

/** @returns null where none may be made: no controllers, or not ours to write. */
export function findCgroups(facts: CgroupFacts): CgroupPlace | null {
  const own = ownFolders(facts);
  const [memory, pids] = [own.get('memory'), own.get('pids')];
  if (memory !== undefined && pids !== undefined) {
    return writable(new Cgroup1Place(version1(memory, pids, own)));
  }
  const folder = own.get('');
  return folder === undefined ? null : preparedGroup(enterChild(folder, facts.pid));
}

/** @param folder a cgroup of version 2 whose children may be limited, or null */
export function preparedGroup(folder: string | null): CgroupPlace | null {
  if (folder === null) return null;
  const controllers = words(readControl(join(folder, 'cgroup.subtree_control')));
  if (!controllers.has('memory') || !controllers.has('pids')) return null;
  return writable(new Cgroup2Place(folder));
}

const version1 = (memory: string, pids: string, own: ReadonlyMap<string, string>): Cgroup1Folders => {
  return { memory, pids, cpu: own.get('cpu') ?? null, cpuacct: own.get('cpuacct') ?? null };
};

/** Tries for real: what the folder's mode says is not all. */
function writable(place: CgroupPlace): CgroupPlace | null {
  try {
    place.make(`sluice-${process.pid}-try`, { cores: 1, memoryMib: 64, processesMax: 8 }).remove();
    return place;
  } catch {
    return null;
  }
}

/** The folder of this process in each hierarchy, by controller; version 2 has the name ''. */
function ownFolders({ memberships, mounts }: CgroupFacts): Map<string, string> {
  const mounted = new Map(mounts.split('\n').flatMap(mountOf));
  const own = new Map<string, string>();
  for (const line of memberships.split('\n')) {
    const [, names = '', ...rest] = line.split(':');
    for (const name of names.split(',')) {
      const mount = mounted.get(name);
      const path = rest.join(':');
      if (mount !== undefined && isBelow(path, mount.root))
        own.set(name, join(mount.at, path.slice(mount.root.length)));
    }
  }
  return own;
}

/** The controllers of one line of mountinfo, where they are mounted, and which of their folders that shows. */
function mountOf(line: string): [string, { root: string; at: string }][] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root = '', at = ''] = before.split(' ');
  const [kind, , options = ''] = after.split(' ');
  const mount = { root: root === '/' ? '' : root, at };
  if (kind === 'cgroup2') return [['', mount]];
  return kind === 'cgroup' ? options.split(',').map((name) => [name, mount]) : [];
}

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

/** @returns the folder whose children may be limited */
function enterChild(own: string, pid: number): string | null {
  if (basename(own) === selfFolder) return dirname(own);
  if (!words(readControl(join(own, 'cgroup.controllers'))).has('memory')) return null;
  const members = words(readControl(join(own, 'cgroup.procs')));
  if (members.size !== 1 || !members.has(String(pid))) return null;
  return movedInto(join(own, selfFolder), pid) && limitChildren(own) ? own : null;
}

function movedInto(folder: string, pid: number): boolean {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return false;
  }
  if (offerControl(join(folder, 'cgroup.procs'), pid)) return true;
  rmdirSync(folder);
  return false;
}

function limitChildren(folder: string): boolean {
  offerControl(join(folder, 'cgroup.subtree_control'), '+cpu');
  return offerControl(join(folder, 'cgroup.subtree_control'), '+memory +pids');
}

const words = (text: string | null): Set<string> => new Set((text ?? '').split(/\s+/).filter(Boolean));
