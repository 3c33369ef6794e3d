import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { CliFault, exitCodes } from '../exit-code.js';

const pieceChars = 64 * 1024;

/**
 * Writes a file whole or not at all: until its end it has `.part` behind its name, and what stood there before
 * stays. Compressed if the name ends in `.gz`.
 * @throws CliFault with exit 2 when it cannot be written; what the texts throw
 */
export async function writeWholeFile(path: string, texts: AsyncIterable<string>): Promise<void> {
  const part = `${path}.part`;
  const source = Readable.from(inPieces(texts), { objectMode: false });
  const file = createWriteStream(part);
  try {
    if (path.endsWith('.gz')) await pipeline(source, createGzip(), file);
    else await pipeline(source, file);
    await rename(part, path);
  } catch (fault) {
    await rm(part, { force: true }).catch(() => undefined); // it may be a folder, which is not ours
    throw writeFault(path, fault) ?? fault;
  }
}

async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < pieceChars) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'writing there is not allowed',
  ENOSPC: 'the disk is full',
};

/** A fault of the file system, in words; null for one of the texts. */
function writeFault(path: string, fault: unknown): CliFault | null {
  if (!(fault instanceof Error) || !('syscall' in fault) || !('path' in fault || 'fd' in fault || isFull(fault)))
    return null;
  const cause = causes[String('code' in fault ? fault.code : '')] ?? fault.message;
  return new CliFault(exitCodes.usage, [`cannot write ${path}: ${cause}`], { cause: fault });
}

const isFull = (fault: Error): boolean => 'code' in fault && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(fault.code));
