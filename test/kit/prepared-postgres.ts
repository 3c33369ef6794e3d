import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Of the run of tests that this process is part of, made by scripts/test-run.mjs; undefined: of none. */
const runFolder = process.env['SLUICE_TEST_RUN'];

/**
 * Fills an empty state folder with a copy of one that was made once in this run of tests: that takes a tenth of the time.
 * @param make makes what is copied, in the state folder that it is given, and leaves no server running
 * @returns false where there is none to copy: outside a run, while another suite makes it, and where the database's user
 *   may not work in the state folder
 */
export async function copyPrepared(stateDir: string, make: (stateDir: string) => Promise<void>): Promise<boolean> {
  if (runFolder === undefined) return false;
  const prepared = join(runFolder, 'postgres');
  if (!existsSync(prepared) && !(await prepare(runFolder, prepared, make))) return false;
  await promisify(execFile)('cp', ['-a', `${prepared}/.`, stateDir]);
  return true;
}

/** By whoever comes first. */
async function prepare(run: string, prepared: string, make: (stateDir: string) => Promise<void>): Promise<boolean> {
  const draft = join(run, 'postgres.draft');
  try {
    mkdirSync(draft);
  } catch {
    return false;
  }
  await make(draft);
  if (readFileSync(join(draft, 'postgres.place'), 'utf8').trim() !== 'postgres') return false;
  renameSync(draft, prepared);
  return true;
}
