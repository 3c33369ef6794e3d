import type { FileRoom, FileView } from '#contracts';
import type { Cell } from './csv.js';
import { counted } from './numbers.js';
import { printable } from './printable.js';
import { bytesText } from './sizes.js';
import { table } from './table.js';

export const fileHead = ['sha256', 'bytes', 'mediaType', 'createdBy', 'createdAt', 'lastUsedAt'] as const;
export const fileCells = (file: FileView): Cell[] => [
  ...[file.sha256, file.bytes, file.mediaType, file.createdBy.subject, file.createdAt, file.lastUsedAt],
];

/** A checksum fills most of a line: who and when are in the other formats. */
export const fileTable = (files: readonly FileView[]): string[] =>
  table(
    [
      { title: 'sha256', align: 'left' },
      { title: 'size', align: 'right' },
    ],
    files.map(({ sha256, bytes }) => [sha256, bytesText(bytes)]),
  );

/** What a space keeps, in a line. */
export function useLine(space: string, { files, bytes, bytesMax }: FileRoom): string {
  const room = bytesMax === null ? '' : ` of ${bytesText(bytesMax)}`;
  return `space ${printable(space)} keeps ${counted(files, 'file')}, ${bytesText(bytes)}${room}`;
}
