import type { Database } from './database.js';
import { installText } from './generated/verify-mode.js';

export { verifyModeChecks } from './generated/verify-mode.js';

/**
 * Installs the triggers of verify mode: every transition, every change of a limit's use and every event are logged from here
 * on. For tests and trials, on a database with no work in it yet. Safe to repeat; there is no way back but another database.
 */
export async function installVerifyMode(database: Database): Promise<void> {
  await database.transaction('install verify mode', (tx) => tx.command(installText), "set local lock_timeout = '60s'");
}
