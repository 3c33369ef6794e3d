import { readFileSync, writeFileSync } from 'node:fs';

/** @returns the text of a file of the kernel's, or null when it is not there or not ours to read */
export function readControl(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The number that a control file holds, 0 when there is none (`max` is none). */
export const controlNumber = (path: string): number => Number.parseInt(readControl(path) ?? '', 10) || 0;

/** The number behind a key in a control file of `key number` lines, 0 when it is not there. */
export function controlField(text: string | null, key: string): number {
  const line = text?.split('\n').find((one) => one.startsWith(`${key} `));
  return Number(line?.slice(key.length + 1) ?? 0);
}

export const writeControl = (path: string, value: string | number): void => writeFileSync(path, String(value));

/** For limits that not every kernel knows. @returns whether it was taken */
export function offerControl(path: string, value: string | number): boolean {
  try {
    writeControl(path, value);
    return true;
  } catch {
    return false;
  }
}
