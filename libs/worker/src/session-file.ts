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

  /** @returns the token of the session that worked here before, or null */
  replace(token: string): string | null {
    const before = this.read();
    writeFileSync(this.path, token, { mode: 0o600 });
    return before === token ? null : before;
  }

  /** The session has ended cleanly. */
  remove(): void {
    rmSync(this.path, { force: true });
  }

  private read(): string | null {
    try {
      return readFileSync(this.path, 'utf8') || null;
    } catch {
      return null;
    }
  }
}
