import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onFiles } from '../on-files.js';

export interface FileGetOptions {
  space: string;
  to?: string;
}

/** Fetches a file and checks it. */
export function fileGet(call: Call, sha256: string, { space, to }: FileGetOptions): Promise<ExitCode> {
  return onFiles(call, async (files) => {
    const bytes = checked(files.get(space, sha256), sha256);
    if (to === undefined) await pipeline(Readable.from(bytes), process.stdout, { end: false });
    else await writeChecked(to, bytes);
  });
}

async function writeChecked(path: string, bytes: AsyncIterable<Buffer>): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(part));
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined); // it may be a folder, which is not ours
    if (!(cause instanceof Error) || !('syscall' in cause) || !('path' in cause)) throw cause;
    throw new CliFault(exitCodes.usage, [`cannot write ${path}: ${cause.message}`], { cause });
  }
}

async function* checked(bytes: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of bytes) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') === sha256) return;
  throw new CliFault(exitCodes.noServer, ['what came is not the file: its checksum differs', 'try again']);
}
