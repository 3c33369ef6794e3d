import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Remembers in the work folder which session works there. The folder has one live process, so a session that is found in
 * it when another starts is a dead one's: it can be ended at once, instead of after its term.
 */
export class SessionFile {
  private readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, 'session');
  }

  /** The newest token of the session that works here. Where it cannot be written an older one stays, and does as well. */
  keep(token: string): void {
    try {
      writeFileSync(this.path, token, { mode: 0o600 });
    } catch {
      return; // the session goes on without; at worst its successor waits for its term
    }
  }

  /** The session has ended cleanly. */
  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** @returns the token of the session that worked here before, or null */
  read(): string | null {
    try {
      return readFileSync(this.path, 'utf8') || null;
    } catch {
      return null;
    }
  }
}
