import type { FileEntry, FileUse } from './document.js';
import type { FileChecksum } from './file.js';

/** What a document calls a file of its space: `sluice:sha256:` and its checksum, as `sluice file put` prints it. */
const spaceFileUri = /^sluice:sha256:([0-9a-f]{64})$/;

/** Whether an address means a file that a space keeps, be it a good one or not. */
export const meansSpaceFile = (uri: string): boolean => uri.startsWith('sluice:');

/** @returns the checksum of the file of the space that an address means; null when it means none */
export const checksumOf = (uri: string): FileChecksum | null => spaceFileUri.exec(uri)?.[1] ?? null;

/** A file of the space that a worker fetches for a job, and its name in the job's own folder. */
export interface FetchedFile {
  name: string;
  sha256: FileChecksum;
}

/**
 * What a worker fetches for a job: inputs that are files of the space, unless the header says that they need no bringing.
 * @param entry of a name in the header's `files`
 */
export function fetchedFiles(
  inputs: readonly FileUse[],
  entry: (name: string) => FileEntry | undefined,
): FetchedFile[] {
  return inputs.flatMap((use) => {
    const { uri = '', transfer = true } = typeof use === 'string' ? (entry(use) ?? {}) : { uri: use.uri };
    const sha256 = transfer ? checksumOf(uri) : null;
    return sha256 === null ? [] : [{ name: typeof use === 'string' ? use : use.name, sha256 }];
  });
}

/** Most files that are fetched for one job. */
export const fetchedFilesMax = 1_000;

const nameBytesMax = 1_000;
const segmentBytesMax = 255;
/** What a worker itself writes into the folder of a job. */
const ownNames: ReadonlySet<string> = new Set(['stdout', 'stderr', 'log', '.tmp']);

/**
 * What keeps a fetched file from standing under its name in the job's own folder: it would lie outside, or where the worker
 * writes. @returns null when nothing does
 */
export function fetchedNameFault(name: string): string | null {
  const segments = name.split('/');
  if (name.startsWith('/')) return 'it is an absolute path';
  if (segments.includes('..') || segments.includes('.')) return '`.` and `..` are no folders of its own';
  if (segments.includes('')) return 'it has an empty part';
  if (/[\p{Cc}\\]/u.test(name)) return 'it has a backslash or a control character';
  const isLong = bytesOf(name) > nameBytesMax || segments.some((segment) => bytesOf(segment) > segmentBytesMax);
  if (isLong) return 'it is too long';
  return ownNames.has(segments[0] ?? '') ? "the worker's own file has that name" : null;
}

/** @returns a name that stands twice, or is a folder of another; null when each can have its place */
export function clashOf(names: readonly string[]): string | null {
  const all = new Set(names);
  if (all.size < names.length) return names.find((name, at) => names.indexOf(name) !== at) ?? null;
  return names.find((name) => foldersOf(name).some((folder) => all.has(folder))) ?? null;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

const foldersOf = (name: string): string[] => [...name.matchAll(/\//g)].map(({ index }) => name.slice(0, index));
