import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file that only its owner may read, whole or not at all: readers never see half of it. */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw cause;
  }
}

/** The text of a file, or null when there is none, or no such folder. */
export function readFileOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return null;
    throw cause;
  }
}

/** The secret kept in a file (mode 0600): made of 24 random bytes at the first call, the same ever after. */
export function keepSecret(path: string): string {
  const kept = readFileOrNull(path)?.trim();
  if (kept !== undefined && kept !== '') return kept;
  const secret = randomBytes(24).toString('base64url');
  writePrivateFile(path, `${secret}\n`);
  return secret;
}
