import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A user of this machine, as spawn() wants it. */
export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

/** True when this process may start others as another user. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The user that PostgreSQL runs as when we are root, since it refuses to be root: `postgres`, else `nobody`. */
export function databaseUser(passwd = readFileSync('/etc/passwd', 'utf8')): SystemUser | null {
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    if (fields !== undefined) return { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  return null;
}

/** True when this user may enter every folder above `path` and read (and, if it is a folder, enter) `path` itself. */
export function mayRead(path: string, user: SystemUser): boolean {
  try {
    const own = statSync(path);
    if (!allows(own, user, own.isDirectory() ? 0o5 : 0o4)) return false;
  } catch {
    return false;
  }
  return mayEnter(dirname(path), user);
}

function mayEnter(folder: string, user: SystemUser): boolean {
  for (let path = folder; ; path = dirname(path)) {
    if (!allows(statSync(path), user, 0o1)) return false;
    if (path === dirname(path)) return true;
  }
}

/** Permission bits as the kernel chooses them: the owner's, else the group's, else the others'. */
function allows(file: { mode: number; uid: number; gid: number }, user: SystemUser, bits: number): boolean {
  const shift = file.uid === user.uid ? 6 : file.gid === user.gid ? 3 : 0;
  return ((file.mode >> shift) & bits) === bits;
}
