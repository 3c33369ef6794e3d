import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FileView } from '#contracts';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onFiles } from '../on-files.js';
import { printAnswer } from '../print-answer.js';
import { fileCells, fileHead } from '../render/file-text.js';
import { bytesText } from '../render/sizes.js';

export interface FilePutOptions {
  space: string;
  type?: string;
}

/** Keeps files in a space, one after the other. What it has already is not sent. */
export function filePut(call: Call, paths: readonly string[], { space, type }: FilePutOptions): Promise<ExitCode> {
  return onFiles(call, async (files) => {
    const kept: FileView[] = [];
    for (const path of paths) {
      const { sha256, bytes } = await summed(path);
      const open = (): AsyncIterable<Buffer> => createReadStream(path);
      kept.push(await files.put(space, { sha256, bytes, open, ...(type !== undefined && { mediaType: type }) }));
    }
    const lines = kept.map(
      ({ sha256, bytes }, at) => `sluice:sha256:${sha256}  ${bytesText(bytes)}  ${paths[at] ?? ''}`,
    );
    const ids = kept.map(({ sha256 }) => sha256);
    await printAnswer(call, kept, { lines, ids, head: fileHead, rows: kept.map(fileCells) });
  });
}

/** @throws CliFault with exit 2 for what is no file that can be read */
async function summed(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    if (!(await stat(path)).isFile()) throw new CliFault(exitCodes.usage, [`${path} is not a file`]);
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (cause) {
    if (cause instanceof CliFault) throw cause;
    throw new CliFault(exitCodes.usage, [`cannot read ${path}: ${(cause as Error).message}`], { cause });
  }
  return { sha256: hash.digest('hex'), bytes };
}
