import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { TransformContext } from '#transform-sdk';

/**
 * Writes an empty file for each output, below the attempt's own folder whatever its name is. A name that no file can
 * have there (a folder has it, a part is too long) costs a line in the log, not the job.
 */
export async function writeStandIns(ctx: TransformContext): Promise<void> {
  if (ctx.outputs.length === 0) return;
  const folder = await ctx.workFolder();
  for (const use of ctx.outputs) {
    const name = typeof use === 'string' ? use : use.name;
    const path = placeWithin(name);
    if (path === null) ctx.log('no stand-in was written: the name names no file', { name });
    else await writeEmpty(join(folder, path)).catch((fault: unknown) => noteFault(ctx, name, fault));
    await ctx.giveWay();
  }
}

/** The path of a name below a folder: `/a/b`, `../a/b` and `a//./b` are all `a/b` there. @returns null when nothing is left */
export function placeWithin(name: string): string | null {
  const parts = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.length === 0 ? null : parts.join('/');
}

async function writeEmpty(path: string): Promise<void> {
  try {
    await writeFile(path, '');
  } catch (fault) {
    if (!isFault(fault) || fault.code !== 'ENOENT') throw fault;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
  }
}

/** What is wrong with the name is noted; a full disk or a broken folder is the job's failure. */
function noteFault(ctx: TransformContext, name: string, fault: unknown): void {
  if (!isFault(fault) || !faultsOfNames.has(fault.code ?? '')) throw fault;
  ctx.log('no stand-in was written', { name, error: fault.message });
}

const faultsOfNames = new Set(['EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE']);

const isFault = (fault: unknown): fault is NodeJS.ErrnoException => isNativeError(fault);
