/**
 * Owns which folders of this machine the programs of a stack's jobs see: those that its user worked in. They are kept in a
 * file of the state folder, which the workers read anew when it changes.
 *
 * O1 A home as a whole is never opened, nor what lies above it, nor a folder of it whose name begins with a dot: that is
 *    where keys and tokens are.
 * O2 What Sluice runs from and what the stack keeps cannot be written by a job: it would run, outside, at the next start.
 * O3 A folder is only added by a person's own command, never by a document.
 */
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { checkout } from './programs.js';
import { readFileOrNull, writePrivateFile } from './private-file.js';

/** What there is to protect. Paths are real ones. */
export interface Protected {
  home: string;
  stateDir: string;
  /** Where Sluice's own programs lie. */
  checkout: string;
}

/** How programs of jobs see a folder, or why they do not. */
export type FolderView = { path: string; writable: boolean } | { path: string; refusal: string };

/** Folders of the system: seen by every program, read-only, or by none. */
const systemFolders = [
  ...['/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/proc', '/run', '/sbin', '/sys'],
  ...['/usr', '/var/cache', '/var/lib', '/var/log', '/var/run', '/var/spool'],
];

/** What lies in a home and is nobody else's business. Hidden also from who opens the home by SLUICE_BIND. */
const secretsOfHome = [
  ...['.ssh', '.gnupg', '.aws', '.azure', '.config', '.docker', '.globus', '.kube', '.mozilla', '.password-store'],
  ...['.local/share/keyrings', '.sluice', '.netrc', '.pgpass', '.my.cnf', '.git-credentials', '.npmrc', '.pypirc'],
  ...['.cargo/credentials.toml', '.bash_history', '.zsh_history', '.python_history'],
];

/** Newest folders that stay when a stack starts: each costs every program a little. */
const foldersMax = 64;

/** How the programs of this stack's jobs would see a folder. Changes nothing. */
export function viewOfFolder(stateDir: string, folder: string): FolderView {
  const path = realPathOr(folder);
  return folderView(path, {
    home: realPathOr(homedir()),
    stateDir: realPathOr(stateDir),
    checkout: realPathOr(checkout),
  });
}

/** O1, O2: the rule alone. @param path a real one */
export function folderView(path: string, { home, stateDir, checkout: own }: Protected): FolderView {
  const refusal = refusalOf(path, { home, stateDir });
  if (refusal !== null) return { path, refusal };
  // A job could move a folder that holds the state folder, and so uncover it; its mount itself it cannot.
  const holdsState = isWithin(path, stateDir) && dirname(stateDir) !== path;
  return { path, writable: !holdsState && !isWithin(path, own) && !isWithin(own, path) };
}

function refusalOf(path: string, { home, stateDir }: Pick<Protected, 'home' | 'stateDir'>): string | null {
  if (isWithin(path, home)) return 'a home as a whole stays hidden';
  if (dirname(path) === sep || path === '/var/tmp') return 'a folder at the top of the machine stays hidden';
  if (isWithin(home, path) && relative(home, path).startsWith('.'))
    return 'folders of a home that begin with a dot stay hidden';
  if (isWithin(stateDir, path)) return "the stack's own folder stays hidden";
  if (systemFolders.some((folder) => isWithin(folder, path))) return "it is one of the system's own folders";
  return /[\n:]/.test(path) ? 'its name holds a colon or a line break' : null;
}

/**
 * Shows folders to the programs of this stack's jobs, those of jobs that wait already too, for as long as it is not among
 * the oldest at a start. A folder that stays hidden, or is not there, is left out.
 */
export function openFolders(stateDir: string, folders: readonly string[]): void {
  const file = openedFoldersFile(stateDir);
  const kept = linesOf(file).slice(-foldersMax);
  const views = folders.filter((folder) => existsSync(folder)).map((folder) => viewOfFolder(stateDir, folder));
  const lines = views.flatMap((view) => ('refusal' in view ? [] : [lineOf(view)]));
  const added = [...new Set(lines)].filter((line) => !kept.includes(line));
  // Appended in one write: two commands at once lose nothing of each other.
  if (added.length > 0) writeFileSync(file, added.map((line) => `${line}\n`).join(''), { flag: 'a', mode: 0o600 });
}

/**
 * Shows what the programs on PATH need, read-only, and forgets the oldest folders. Only while no worker of the stack runs:
 * jobs may have changed what lies below a folder that is forgotten.
 */
export function openTools(stateDir: string, searchPath: string): void {
  const file = openedFoldersFile(stateDir);
  const kept = linesOf(file);
  const tools = toolFolders(searchPath).map((path) => lineOf({ path, writable: false }));
  const lines = [...new Set([...kept.reverse(), ...tools.reverse()])].reverse().slice(-foldersMax);
  writePrivateFile(file, lines.map((line) => `${line}\n`).join(''));
}

/** A folder a line, `rw` or `ro` before it, oldest first. */
export const openedFoldersFile = (stateDir: string): string => join(stateDir, 'opened-folders');

/** What no job of this stack sees, whatever is opened. */
export const hiddenPaths = (stateDir: string, home: string = homedir()): string[] => [
  realPathOr(stateDir),
  ...secretsOfHome.map((name) => join(home, name)).filter((path) => existsSync(path)),
];

/**
 * Folders of a home that programs on PATH need, to be shown read-only: with a `lib` beside it (a conda environment, a
 * virtual one) a `bin` is shown with all that it lies in, as are the `shims` of pyenv and its like, else alone.
 */
export function toolFolders(searchPath: string, home: string = realPathOr(homedir())): string[] {
  const programs = searchPath.split(':').filter((folder) => folder.startsWith(sep) && existsSync(folder));
  const inHome = programs.map(realPathOr).filter((folder) => folder !== home && isWithin(home, folder));
  const shown = inHome.flatMap((folder) => {
    const prefix = dirname(folder);
    if (prefix === home) return [folder];
    if (basename(folder) === 'shims') return [prefix];
    const isEnvironment = existsSync(join(prefix, 'lib')) && !isDotFolderOf(home, prefix);
    return isEnvironment ? [prefix, ...baseOf(prefix, home)] : [folder];
  });
  return [...new Set(shown)];
}

/** Where the Python lies that a virtual environment was made of. */
function baseOf(environment: string, home: string): string[] {
  const said = /^home *= *(.+)$/m.exec(readFileOrNull(join(environment, 'pyvenv.cfg')) ?? '')?.[1]?.trim();
  if (said === undefined || !existsSync(said)) return [];
  const prefix = dirname(realPathOr(said));
  return prefix !== home && isWithin(home, prefix) && !isDotFolderOf(home, prefix) ? [prefix] : [];
}

/** `~/.local`, not what lies deeper in it. */
const isDotFolderOf = (home: string, path: string): boolean =>
  dirname(path) === home && relative(home, path).startsWith('.');

const lineOf = ({ path, writable }: { path: string; writable: boolean }): string => `${writable ? 'rw' : 'ro'} ${path}`;

const linesOf = (file: string): string[] => (readFileOrNull(file) ?? '').split('\n').filter((line) => line !== '');

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function realPathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
