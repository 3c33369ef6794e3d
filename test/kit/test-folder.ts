import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, which the database's user may enter when the tests run as root. */
export interface TestFolder {
  readonly path: string;
  remove(): void;
}

export function makeTestFolder(purpose: string): TestFolder {
  const path = mkdtempSync(join(tmpdir(), `sluice-${purpose}-`));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
