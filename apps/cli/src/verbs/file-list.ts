import type { FileCalls } from '#client';
import type { FileView } from '#contracts';
import type { ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onFiles } from '../on-files.js';
import { printAnswer } from '../print-answer.js';
import { printList } from '../print-list.js';
import { dryRunNote } from '../print-order.js';
import { fileCells, fileHead, fileTable, useLine } from '../render/file-text.js';
import { bytesText } from '../render/sizes.js';

export interface FileLsOptions {
  space: string;
  limit?: number;
}

export interface FileRmOptions {
  space: string;
  dryRun: boolean;
}

const tableRowsMax = 20;

/** Lists files of a space, newest first. */
export function fileLs(call: Call, { space, limit }: FileLsOptions): Promise<ExitCode> {
  return onFiles(call, async (files) => {
    const format = call.globals.output;
    if (format === 'table') return printTable(call, files, { space, rowsMax: limit ?? tableRowsMax });
    const shape = { format, head: fileHead, cellsOf: fileCells, idOf: ({ sha256 }: FileView) => sha256 };
    await printList(call, shape, files.all(space), limit ?? Infinity);
  });
}

async function printTable(
  { terminal: { out, note } }: Call,
  files: FileCalls,
  { space, rowsMax }: { space: string; rowsMax: number },
): Promise<void> {
  const page = await files.page(space, { limit: Math.min(rowsMax, 1_000) });
  if (page.files.length > 0) await out.lines(fileTable(page.files));
  await out.line(useLine(space, page.use));
  if (page.next !== null) note('... and more: -o ndjson has all');
}

/** Removes files for good. */
export function fileRm(call: Call, checksums: readonly string[], { space, dryRun }: FileRmOptions): Promise<ExitCode> {
  return onFiles(call, async (files) => {
    const removed: FileView[] = [];
    for (const sha256 of checksums) removed.push((await files.remove(space, sha256, { dryRun })).file);
    const verb = dryRun ? 'would remove' : 'removed';
    const lines = removed.map(({ sha256, bytes }) => `${verb} ${sha256}  ${bytesText(bytes)}`);
    const ids = removed.map(({ sha256 }) => sha256);
    const rows = removed.map(fileCells);
    await printAnswer(call, removed, { lines: [...lines, ...(dryRun ? [dryRunNote] : [])], ids, head: fileHead, rows });
  });
}
