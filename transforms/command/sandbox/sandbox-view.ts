/**
 * Decides what a program in a sandbox may see and do, as options for bubblewrap. Pure but for SystemView, which looks at
 * the machine once.
 *
 * V1 A new root: the system's own folders, read-only. Homes, /run, /var, /mnt and other jobs' folders are not there.
 * V2 What may be written is the attempt's own folder, where /tmp is too, and the binds that say so.
 * V3 /proc is read-only: a worker that is root would otherwise let its jobs write /proc/sys, whose files ask only for
 *    the user's number and not for a capability.
 */
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bind } from '#transform-sdk';

/** Where the attempt's folder is, seen from inside. */
export const insideFolder = '/job';
/** In the attempt's folder, so that what is written to /tmp counts as its disk and goes with it. */
const insideTemporary = `${insideFolder}/.tmp`;

const systemFolders = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt'],
  // Where sites have their software.
  ...['/cvmfs', '/nix/store', '/gnu/store'],
];
/** Libraries ask these how many cores there are, and where. */
const cpuFolders = ['/sys/devices/system/cpu', '/sys/devices/system/node'];
/** Where /etc/resolv.conf may point. */
const resolverFolders = ['/run/systemd/resolve', '/run/NetworkManager', '/run/resolvconf'];
const gpuDevices = /^(nvidia.*|dri|kfd)$/;
/** A uid that owns nothing: what a program sees itself as when its worker is root. */
export const nobody = 65534;
/** Files of /etc that are looked at, at most. */
const filesMax = 20_000;

/** What the machine offers to every sandbox. Looked up once: its options are the same for all jobs. */
export interface SystemView {
  readonly folders: readonly string[];
  readonly gpus: readonly string[];
  readonly root: boolean;
}

/** One attempt. */
export interface SandboxedAttempt {
  /** Outside. */
  folder: string;
  env: Readonly<Record<string, string>>;
  network: boolean;
  gpus: boolean;
  memoryMib: number;
  binds: readonly Bind[];
  hidden: readonly string[];
  /** Where the program is started, seen from inside. */
  cwd: string;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Looks at the machine. */
export function systemView(): SystemView {
  const root = isRoot();
  return {
    folders: [...systemFolders.flatMap(shown), ...(root ? rootsSecrets('/etc') : [])],
    gpus: namesIn('/dev')
      .filter((name) => gpuDevices.test(name))
      .flatMap((name) => ['--dev-bind-try', `/dev/${name}`, `/dev/${name}`]),
    root,
  };
}

/** @returns bubblewrap's options for one attempt; `supported` are those that the bubblewrap here knows */
export function sandboxOptions(
  system: SystemView,
  attempt: SandboxedAttempt,
  supported: ReadonlySet<string>,
): string[] {
  const size = supported.has('--size') ? ['--size', String(attempt.memoryMib * 2 ** 20)] : [];
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session'],
    ...(attempt.network ? ['--share-net'] : []),
    ...(system.root ? ['--unshare-user', '--uid', String(nobody), '--gid', String(nobody)] : []),
    ...(supported.has('--clearenv') ? ['--clearenv'] : []),
    ...Object.entries(attempt.env).flatMap(([name, text]) => ['--setenv', name, text]),
    ...system.folders,
    ...(attempt.network ? resolverFolders.flatMap((path) => ['--ro-bind-try', path, path]) : []),
    ...['--proc', '/proc', '--remount-ro', '/proc'], // V3
    ...['--dev', '/dev', ...size, '--tmpfs', '/dev/shm'],
    ...(attempt.gpus ? [...system.gpus, '--ro-bind-try', '/sys', '/sys'] : []),
    ...['--remount-ro', '/dev'],
    ...(attempt.gpus ? [] : cpuFolders.flatMap((path) => ['--ro-bind-try', path, path])),
    ...temporaryFolders(attempt.binds, size),
    ...attempt.binds.flatMap(({ path, writable }) => [writable ? '--bind' : '--ro-bind', path, path]),
    ...hiddenWithin(attempt.hidden, (path) => isShown(path, attempt.binds)).flatMap(hiding),
    ...['--bind', attempt.folder, insideFolder, '--dir', insideTemporary],
    ...['--remount-ro', '/', '--chdir', attempt.cwd],
  ];
}

/** Whether a path of the machine is seen inside under the same name. */
export function isShown(path: string, binds: readonly Bind[]): boolean {
  return systemFolders.some((folder) => isWithin(folder, path)) || isBound(path, binds);
}

/** Whether a bind shows a path. */
export const isBound = (path: string, binds: readonly Bind[]): boolean =>
  binds.some((bind) => isWithin(bind.path, path));

/** V2. A bind below /tmp needs a folder there to be mounted on. */
function temporaryFolders(binds: readonly Bind[], size: readonly string[]): string[] {
  return ['/tmp', '/var/tmp'].flatMap((folder) =>
    binds.some(({ path }) => isWithin(folder, path))
      ? [...size, '--tmpfs', folder]
      : ['--symlink', insideTemporary, folder],
  );
}

/** A path that is to be hidden. */
export interface HiddenPath {
  path: string;
  isFolder: boolean;
}

/** Only what would be seen needs hiding, and what lies in something hidden is; a file that its user cannot reach is too. */
export function hiddenWithin(hidden: readonly string[], isSeen: (path: string) => boolean): HiddenPath[] {
  const real = [...new Set(hidden.flatMap((path) => realPathOf(path) ?? []))].filter(isSeen);
  return real
    .filter((path) => !real.some((outer) => outer !== path && isWithin(outer, path)))
    .map((path) => ({ path, isFolder: statSync(path).isDirectory() }));
}

const hiding = ({ path, isFolder }: HiddenPath): string[] =>
  isFolder ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path];

/** On systems where /bin is a link to usr/bin it stays one. */
function shown(path: string): string[] {
  try {
    if (lstatSync(path).isSymbolicLink()) return ['--symlink', readlinkSync(path), path];
    return ['--ro-bind', path, path];
  } catch {
    return [];
  }
}

/**
 * Hides what others may not read: inside, a program of a worker that is root has still root's number for the files.
 * Folders first, so that nothing below one that is hidden is looked for.
 */
function rootsSecrets(folder: string): string[] {
  const options: string[] = [];
  const folders = [folder];
  for (let at = 0, seen = 0; at < folders.length && seen < filesMax; at += 1) {
    const parent = folders[at] ?? folder;
    for (const name of namesIn(parent)) {
      seen += 1;
      const path = join(parent, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat?.isDirectory() && (stat.mode & 0o005) === 0o005) folders.push(path);
      else if (stat?.isDirectory()) options.push('--tmpfs', path);
      else if (stat?.isFile() && (stat.mode & 0o004) === 0) options.push('--ro-bind', '/dev/null', path);
    }
  }
  return options;
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
