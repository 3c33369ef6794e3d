import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { checkout } from './programs.js';
import { StateFolderFault } from './stack-contract.js';

/**
 * Where a stack keeps everything: `--state-dir`, else SLUICE_STATE_DIR, else `.sluice` in the checkout. Not in the
 * current folder: `sluice ls` shall tell the same wherever it is typed.
 */
export function stateDirOf(option: string | undefined): string {
  return resolve(option ?? (process.env['SLUICE_STATE_DIR'] || join(checkout, '.sluice')));
}

/** Makes the folder if it is missing. @returns its real path. @throws StateFolderFault when it cannot be written. */
export function openStateFolder(stateDir: string): string {
  try {
    makeFolder(stateDir);
    if (!statSync(stateDir).isDirectory()) throw new Error('it is a file');
    accessSync(stateDir, constants.W_OK);
    return realpathSync(stateDir);
  } catch (cause) {
    throw new StateFolderFault(
      `the state folder ${stateDir} cannot be used (${cause instanceof Error ? cause.message : String(cause)}).\nName another with --state-dir or SLUICE_STATE_DIR.`,
      { cause },
    );
  }
}

/** Level by level: where a folder cannot be made at all, as in /proc, a recursive mkdirSync of Node never returns. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}
