import {
  checksumOf,
  clashOf,
  fetchedFiles,
  fetchedFilesMax,
  fetchedNameFault,
  meansSpaceFile,
  type DocumentError,
  type FileEntry,
  type FileUse,
} from '#contracts';
import { shown, type CheckedJob } from '#core';
import type { CheckedHeader } from './checked-header.js';
import { errorAt, type ValueFault } from './fault.js';
import { pointerOf } from './where.js';

type Files = ReadonlyMap<string, FileEntry>;

/** A file of the space that a document needs, by its checksum, and what the user is told where there is none. */
export type NeededFiles = Map<string, DocumentError>;

/** What is wrong with an address that means a file of the space and names none; `pointer` is the caller's. */
export function addressFault(uri: string): Omit<ValueFault, 'pointer'> | null {
  if (!meansSpaceFile(uri) || checksumOf(uri) !== null) return null;
  return {
    code: 'RANGE',
    message: `${shown(uri)} names no file of a space`,
    remedy:
      'Write sluice:sha256: and its SHA-256 in 64 hexadecimal digits in lower case, as `sluice file put` prints it.',
  };
}

/** What keeps inputs from being fetched for a job. */
export function fetchFaults(inputs: readonly FileUse[], files: Files): ValueFault[] {
  const faults: ValueFault[] = [];
  inputs.forEach((use, index) => {
    const fault = typeof use === 'string' ? null : addressFault(use.uri ?? '');
    if (fault) faults.push({ ...fault, pointer: `/inputs/${index}/uri` });
  });
  const fetched = fetchedFiles(inputs, (name) => files.get(name));
  if (fetched.length === 0) return faults;
  if (fetched.length > fetchedFilesMax) return [...faults, tooMany(fetched.length)];
  for (const { name } of fetched) {
    const why = fetchedNameFault(name);
    if (why) faults.push(badPlace(name, why));
  }
  const clash = clashOf(fetched.map(({ name }) => name));
  if (clash !== null) faults.push(badPlace(clash, 'another input is in its place'));
  return faults;
}

/** Files of the space that a header names. */
export function neededByHeader({ document, final }: CheckedHeader): NeededFiles {
  const needed: NeededFiles = new Map();
  for (const [name, { uri = '', transfer = true }] of Object.entries(document.files)) {
    const sha256 = transfer ? checksumOf(uri) : null;
    if (sha256 !== null) needed.set(sha256, noFile(sha256, { where: pointerOf(['files', name, 'uri']) }));
  }
  if (final) addNeeded(needed, final.job, '/final/job');
  return needed;
}

/** Adds those that a job needs. */
export function addNeeded(needed: NeededFiles, { spec, name }: CheckedJob, where: string): void {
  if (spec?.includes('sluice:sha256:') !== true) return;
  const { inputs = [], files = {} } = JSON.parse(spec) as { inputs?: FileUse[]; files?: Record<string, FileEntry> };
  const entryOf = (file: string): FileEntry | undefined => (Object.hasOwn(files, file) ? files[file] : undefined);
  for (const { sha256 } of fetchedFiles(inputs, entryOf)) {
    if (!needed.has(sha256)) needed.set(sha256, noFile(sha256, { where, job: name }));
  }
}

function noFile(sha256: string, { where, job }: { where: string; job?: string }): DocumentError {
  const fault: ValueFault = {
    code: 'UNKNOWN_FILE',
    pointer: job === undefined ? '' : '/inputs',
    message: `the space keeps no file ${sha256}`,
    remedy:
      'Send it first: `sluice file put PATH --space SPACE`. Or say "transfer": false, if jobs find it by themselves.',
  };
  return errorAt(where, fault, job);
}

const badPlace = (name: string, why: string): ValueFault => ({
  code: 'BAD_NAME',
  pointer: '/inputs',
  message: `${shown(name)} is fetched into the folder of the job, and cannot have its place there: ${why}`,
  remedy: 'Give it a relative name such as "calib/flat.fits", which no other input of the job has.',
});

const tooMany = (count: number): ValueFault => ({
  code: 'TOO_LARGE',
  pointer: '/inputs',
  message: `${count} files are to be fetched for the job; the limit is ${fetchedFilesMax}`,
  remedy: 'Put them into one archive.',
});
