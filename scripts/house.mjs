// The rules of the house as one table: which folders there are, and what each may import. ARCHITECTURE.md says the same
// in words. Read by eslint.config.js and by test/house; names nothing outside this file.
import { posix } from 'node:path';

/** What this table decides about. A folder may import any other package where it serves; libs/core none at all. */
const guarded = ['#*', '@nestjs/*', 'rxjs', 'zod', 'pg', 'pg-*', 'typeorm', '@nats-io/*', 'nats', 'jose'];

const nest = ['@nestjs/*', 'rxjs'];
const wired = [
  '#contracts',
  '#engine',
  '#documents',
  '#client',
  '#worker',
  '#transform-sdk',
  '#transforms',
  '#local-stack',
  '#adapter-postgres',
  '#adapter-nats',
  '#adapter-oidc',
  '#nest-kit',
  'zod',
  ...nest,
];
const withoutNest = wired.filter((name) => name !== '#nest-kit' && !nest.includes(name));

/** Folder -> what it may import. `transforms/*` stands for each folder under transforms. */
export const folders = {
  'libs/core': [],
  'libs/contracts': ['zod'],
  'libs/faultpoint': [],
  'libs/engine': ['#core', '#contracts', '#faultpoint'],
  'libs/documents': ['#core', '#contracts'],
  'libs/client': ['#core', '#contracts'],
  'libs/transform-sdk': ['#core', '#contracts', 'zod'],
  'libs/worker': ['#core', '#contracts', '#faultpoint', '#transform-sdk', '#client'],
  'libs/adapter-postgres': ['#core', '#contracts', '#faultpoint', '#engine', 'pg', 'pg-*', 'typeorm'],
  'libs/adapter-nats': ['#core', '#contracts', '#faultpoint', '#engine', '@nats-io/*', '@nestjs/microservices', 'rxjs'],
  'libs/adapter-files': ['#contracts', '#engine'],
  'libs/adapter-oidc': ['#core', '#contracts', 'jose'],
  'libs/nest-kit': [
    '#core',
    '#contracts',
    '#faultpoint',
    '#engine',
    '#documents',
    '#adapter-postgres',
    '#adapter-nats',
    '#adapter-files',
    '#adapter-oidc',
    ...nest,
  ],
  'libs/local-stack': ['#contracts'],
  transforms: ['#transform-sdk', '#contracts', 'zod'],
  'transforms/*': ['#transform-sdk', '#contracts', 'zod'],
  'apps/gateway': wired,
  'apps/transformer': wired,
  'apps/broker': wired,
  'apps/monitor': wired,
  'apps/all': wired,
  'apps/supervisor': withoutNest,
  'apps/worker': withoutNest,
  'apps/migrate': wired,
  'apps/cli': withoutNest,
  test: guarded,
  bench: guarded,
};

/** Folders at the top of the repository. Those that git ignores need no entry. */
export const topFolders = [
  '.ci',
  'apps',
  'bench',
  'deploy',
  'docs',
  'examples',
  'libs',
  'scripts',
  'test',
  'transforms',
];

/** What a `*.spec.ts` may import besides what its folder may. */
const specs = ['@jest/globals', '@nestjs/testing', 'fast-check', '#test-kit', 'node:*'];

/** Statements put together from strings outside sql/, each with its reason. Identifiers cannot be parameters. */
export const builtSql = {
  'libs/adapter-postgres/src/database.ts': 'sends constant commands of our stores in one round trip with BEGIN',
  'test/integration/lost-commits/census.ts':
    'counts every table that is there, by the names that PostgreSQL has for them',
  'test/integration/statements.spec.ts': 'PREPARE and EXPLAIN take the statement itself, which is ours',
};

/** Files over 500 lines, each with its reason. */
export const longFiles = {
  'libs/adapter-postgres/schema.sql': 'made from the migrations, to be read by the table',
};

/** Globals that are a clock, chance or a wire: not for libs/core. */
export const impureGlobals = [
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'performance',
  'crypto',
  'console',
];

const matches = (name, pattern) =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern || name.startsWith(`${pattern}/`);

const anyMatches = (name, patterns) => patterns.some((pattern) => matches(name, pattern));

/**
 * The entry of `folders` that a file belongs to.
 * @param file path from the repository's root, with forward slashes.
 * @returns its path and its rules, or null for a file in no listed folder.
 */
export function homeOf(file) {
  const [top, second, third] = file.split('/');
  if (top === 'transforms' && third !== undefined) return { path: `${top}/${second}`, may: folders['transforms/*'] };
  const path = [top, `${top}/${second}`].find((candidate) => candidate in folders);
  return path === undefined ? null : { path, may: folders[path] };
}

/**
 * Judges one import.
 * @param file path of the importing file from the repository's root.
 * @returns what is wrong with it, or null when it is allowed.
 */
export function importFault(file, specifier) {
  const home = homeOf(file);
  if (home === null) return null;
  if (specifier.startsWith('.')) return relativeFault(file, specifier, home);
  if (file.endsWith('.spec.ts') && anyMatches(specifier, [...specs, ownName(home)])) return null;
  const asked = home.path === 'libs/core' || anyMatches(specifier, guarded);
  if (!asked || anyMatches(specifier, home.may)) return null;
  return `${home.path} may not import ${specifier}; see the table in ARCHITECTURE.md`;
}

// A spec may come in by its folder's own front door.
const ownName = (home) => `#${home.path.split('/').at(-1)}`;

function relativeFault(file, specifier, home) {
  const target = posix.join(posix.dirname(file), specifier);
  if (target.startsWith(`${home.path}/`)) return null;
  return `${specifier} leaves ${home.path}; import other folders by their #name`;
}
