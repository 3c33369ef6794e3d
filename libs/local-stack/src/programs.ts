import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackFault } from './stack-contract.js';

/** Where tsc put this checkout: dist/libs/local-stack/src is four folders below the root. */
const dist = fileURLToPath(new URL('../../../', import.meta.url));

/** Where tsc writes what it built from what: another build, another text. Images do without it. */
export const buildRecord = join(dist, '.tsbuildinfo');

/** The checkout that this code was built from. */
export const checkout = fileURLToPath(new URL('../../../../', import.meta.url));

/** Folder with one folder per app. SLUICE_APPS names another: tests put programs of their own there. */
export function appsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['SLUICE_APPS'] ?? join(dist, 'apps');
}

/** @throws StackFault when the app is not built. */
export function programOf(app: string): string {
  const program = join(appsFolder(), app, 'src', 'main.js');
  if (existsSync(program)) return program;
  throw new StackFault(`${program} is not there: build the checkout (npm run build).`);
}
