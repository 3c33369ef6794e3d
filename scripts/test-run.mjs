/**
 * Jest's globalSetup and, by what it leaves on globalThis, globalTeardown: a folder for what the suites of one run share,
 * such as a migrated database to copy. SLUICE_TEST_RUN names it to them.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function beginRun() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-run-'));
  chmodSync(folder, 0o755); // the database's user reads in it
  process.env.SLUICE_TEST_RUN = folder;
  globalThis.endTestRun = () => rmSync(folder, { recursive: true, force: true });
}
