import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkout } from './programs.js';
import { StackFault } from './stack-contract.js';

/**
 * Where a stack keeps everything: `--state-dir`, else SLUICE_STATE_DIR, else `.sluice` in the checkout. Not in the
 * current folder: `sluice ls` shall tell the same wherever it is typed.
 */
export function stateDirOf(option: string | undefined): string {
  return resolve(option ?? (process.env['SLUICE_STATE_DIR'] || join(checkout, '.sluice')));
}

/** Makes the folder if it is missing. @returns its real path. @throws StackFault when it cannot be written. */
export function openStateFolder(stateDir: string): string {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o755 });
    accessSync(stateDir, constants.W_OK);
    return realpathSync(stateDir);
  } catch (cause) {
    throw new StackFault(
      `the state folder ${stateDir} cannot be used (${cause instanceof Error ? cause.message : String(cause)}). Name another with --state-dir or SLUICE_STATE_DIR.`,
      { cause },
    );
  }
}
