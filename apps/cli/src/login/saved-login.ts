/**
 * Owns the files that log-ins are kept in: one for each server, for their owner only. Whoever can read one can act as its
 * owner, so one that others may read is not used.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { IssuerLogin } from '#client';
import { CliFault, exitCodes } from '../exit-code.js';

export interface SavedLogin {
  /** The server's address. */
  readonly server: string;
  readonly login: IssuerLogin;
  /** For http on this machine. */
  readonly insecureLoopback: boolean;
  readonly token: string;
  readonly refreshToken: string | null;
  /** UTC; null: the issuer did not say. */
  readonly endsAtMs: number | null;
}

/** SLUICE_CONFIG_DIR, else `sluice` where programs keep their settings. */
export const configFolder = (): string =>
  process.env['SLUICE_CONFIG_DIR'] || join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'sluice');

/** One address however it is written. */
export const serverName = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
};

/** Readable, and no two servers share one. */
export function loginFile(server: string): string {
  const name = serverName(server);
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return join(configFolder(), 'logins', `${new URL(name).hostname.replace(/[^\w.-]/g, '_')}-${digest}.json`);
}

/** @returns null when nobody logged in there @throws CliFault when others may read it, or it is none */
export function readLogin(server: string): SavedLogin | null {
  const file = loginFile(server);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if ((found.mode & 0o077) !== 0) {
    throw new CliFault(exitCodes.usage, [`others may read ${file}`, `chmod 600 ${file}, or log in anew: sluice login`]);
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SavedLogin;
  } catch (cause) {
    throw new CliFault(exitCodes.usage, [`${file} is no log-in`, 'log in anew: sluice login'], { cause });
  }
}

export async function writeLogin(saved: SavedLogin): Promise<void> {
  const { writePrivateFile } = await import('#local-stack');
  mkdirSync(join(configFolder(), 'logins'), { recursive: true, mode: 0o700 });
  writePrivateFile(loginFile(saved.server), `${JSON.stringify(saved, null, 2)}\n`);
}

export const removeLogin = (server: string): void => rmSync(loginFile(server), { force: true });
