import type { Bind, Isolation } from '#transform-sdk';
import { insideFolder, isShown } from './sandbox-view.js';

const noNetwork =
  /network is unreachable|temporary failure in name resolution|could not resolve host|name or service not known|getaddrinfo|EAI_AGAIN|ENETUNREACH/i;
const readOnly = /read-only file system|EROFS/i;
const notThere = /no such file or directory|ENOENT|cannot access|can't open file|not found|does not exist/i;
/** An absolute path as programs name it in their messages. */
const namedPath = /(?<![\w./~:-])\/[^\s'"`:;,()[\]{}<>]+/g;
/** Every program has its own. */
const ownFolders = [insideFolder, '/dev', '/proc', '/sys'];

/**
 * What a program in a sandbox seems to have lacked, and who can give it; null when its words do not say so. Without a
 * word of failure, so that the program's own words stay what its failures are grouped by.
 */
export function lackingHint(message: string, isolation: Pick<Isolation, 'binds' | 'confined'>): string | null {
  const { binds } = isolation;
  if (noNetwork.test(message))
    return '[sandbox: this job has no network; its template may ask for one with `command.network: true`]';
  if (readOnly.test(message))
    return '[sandbox: a job writes to its own folder, to /tmp and where its worker lets it: `SLUICE_BIND=PATH:rw` (`--bind PATH:rw`) at its start]';
  const path = message
    .split('\n')
    .filter((line) => notThere.test(line))
    .flatMap(pathsIn)
    .find((named) => isHidden(named, binds));
  return path === undefined ? null : `[sandbox: ${hiddenPathHint(path, isolation)}]`;
}

/** What opens a path that the sandbox does not show. */
export const hiddenPathHint = (path: string, { confined = false }: Pick<Isolation, 'confined'>): string =>
  confined ? confinedHint(path) : openHint(path);

const openHint = (path: string): string =>
  `jobs do not see ${path} here; on your own machine call sluice in its folder, else start the worker (sluice up) with SLUICE_BIND=PATH`;

const confinedHint = (path: string): string =>
  `jobs do not see ${path} here: of the folders that a worker lets jobs write to they see what lies below the output prefix of their space; start the worker with SLUICE_BIND=PATH:rw to let them write there, with SLUICE_BIND=PATH to let all jobs read it`;

const pathsIn = (line: string): string[] => line.match(namedPath) ?? [];

/** By what is shown, not by what is there: else a job could ask which files there are. */
const isHidden = (path: string, binds: readonly Bind[]): boolean =>
  !isShown(path, [...binds, ...ownFolders.map((folder) => ({ path: folder, writable: true }))]);
