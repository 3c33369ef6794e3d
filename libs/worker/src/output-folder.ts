/**
 * Owns the one folder in which programs of a space may write, where the space has an output prefix.
 *
 * F1  Of what the worker binds for writing a program sees its own space's folder only, so that no job reads or writes
 *     what another space has below the same bind. What is bound for reading stays.
 * F2  No part of the way from the bind to that folder is a link: it would lead a program's writes elsewhere.
 */
import { lstat, mkdir } from 'node:fs/promises';
import { isNativeError } from 'node:util/types';
import { prefixFolderOf } from '#core';
import { JobFailure, type Bind, type Isolation } from '#transform-sdk';

/** F1. @param prefix of the space; one that is no path of this machine leaves nothing to write to */
export function confinedTo(prefix: string, isolation: Isolation): Isolation {
  const folder = prefixFolderOf(prefix);
  return { ...isolation, binds: isolation.binds.flatMap((bind) => confinedBind(bind, folder)), confined: true };
}

function confinedBind(bind: Bind, folder: string | null): Bind[] {
  if (!bind.writable) return [bind];
  if (folder === null) return [];
  if (isWithin(folder, bind.path)) return [bind];
  return isWithin(bind.path, folder) ? [{ path: folder, writable: true }] : [];
}

/**
 * Makes the folder of a prefix, where a bind lets programs write there.
 * @param binds of the worker, before they were confined
 * @throws JobFailure reason `site` when it cannot be made, or a link leads elsewhere. F2
 */
export async function makeOutputFolder(prefix: string, binds: readonly Bind[]): Promise<void> {
  const folder = prefixFolderOf(prefix);
  const bind = binds.find(({ path, writable }) => writable && folder !== null && isWithin(path, folder));
  if (folder === null || bind === undefined) return;
  let path = bind.path;
  for (const segment of folder.slice(bind.path.length).split('/')) {
    if (segment === '') continue;
    path = path === '/' ? `/${segment}` : `${path}/${segment}`;
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path).catch((fault: unknown) => {
      if (!isThere(fault)) throw fault;
    });
    if ((await lstat(path)).isDirectory()) return;
  } catch (cause) {
    throw siteFault(`${path}, where the space has its outputs, cannot be made: ${String(cause)}`, cause);
  }
  throw siteFault(`${path}, where the space has its outputs, is a link or no folder: set the prefix to its real path`);
}

const isThere = (fault: unknown): boolean => isNativeError(fault) && 'code' in fault && fault.code === 'EEXIST';

const siteFault = (message: string, cause?: unknown): JobFailure => new JobFailure({ reason: 'site', message, cause });

const isWithin = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
