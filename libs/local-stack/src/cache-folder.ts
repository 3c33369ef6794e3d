import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where programs that were fetched are kept for the next time. Made when it is not there. */
export const cacheFolder = (stateDir: string, env: NodeJS.ProcessEnv): string =>
  cacheFolders(stateDir, env).find(isWritable) ?? stateDir;

/** Where such a folder may be: XDG_CACHE_HOME, else ~/.cache, else (no home, or not ours to write) the state folder. */
export function cacheFolders(stateDir: string, env: NodeJS.ProcessEnv): string[] {
  const home = env['HOME'] ?? homedir();
  const wishes = [env['XDG_CACHE_HOME'] ?? '', home === '' ? '' : join(home, '.cache')];
  const usual = wishes.filter((folder) => folder !== '').map((folder) => join(folder, 'sluice'));
  return [...usual, join(stateDir, 'cache')];
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
