import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The repository's root: tests run in dist/test/house. */
export const root = join(import.meta.dirname, '..', '..', '..');

/** Folders that are not ours to judge: made by tools, or the state of a stack that ran here. */
const skipped = new Set(['.git', 'node_modules', 'dist', '.sluice', '.tmp', 'results']);

/** Paths of all files below `folder`, from the root, with forward slashes, in order. */
export function filesBelow(folder = '.'): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .map((path) => path.split(sep).join('/'))
    .sort();
}

/** Names of the folders directly inside `folder`. */
export function foldersIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !skipped.has(entry.name))
    .map((entry) => entry.name)
    .sort();
}

export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

export const jsonOf = (file: string): unknown => JSON.parse(textOf(file));
