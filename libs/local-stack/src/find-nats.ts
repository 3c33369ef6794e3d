import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder, cacheFolders } from './cache-folder.js';
import { unpackDebianProgram } from './debian-program.js';
import { fetchNatsRelease } from './nats-release.js';
import { runCommand } from './run-command.js';
import { StackFault } from './stack-contract.js';

/** A nats-server that can be started. */
export interface NatsBinary {
  path: string;
  version: string;
}

export interface FindNatsOptions {
  /** The cache when HOME cannot be written. */
  stateDir: string;
  env?: NodeJS.ProcessEnv;
  /** Told before something slow: a download. */
  onSlow?: (detail: string) => void;
  signal?: AbortSignal;
}

/** Releases newer than any stable one we meet whose nats-server is new enough, the calmer first. */
const debian = {
  program: { debianPackage: 'nats-server', path: 'usr/sbin/nats-server' },
  suites: ['trixie', 'sid'],
};

/** Older servers could forget a stream after a kill -9. @see STACK.md section 2 */
export const natsVersionMin = '2.10.27';

/**
 * Finds nats-server: NATS_SERVER_BIN, PATH, our cache; else puts one into the cache: the pinned release, else a newer
 * Debian suite's package. Any number may look at once.
 * @throws StackFault that names every way tried, and the remedy.
 */
export async function findNats(options: FindNatsOptions): Promise<NatsBinary> {
  const env = options.env ?? process.env;
  const cached = join(cacheFolder(options.stateDir, env), 'nats-server');
  const looked = await natsThatIsHere([cached], env);
  return 'path' in looked ? looked : fetchInto(cached, looked.tried, options);
}

/**
 * What findNats() would find. Fetches and makes nothing.
 * @returns null when one would have to be fetched
 * @throws StackFault when NATS_SERVER_BIN names one that cannot be used
 */
export async function lookForNats({ stateDir, env = process.env }: FindNatsOptions): Promise<NatsBinary | null> {
  const looked = await natsThatIsHere(
    cacheFolders(stateDir, env).map((folder) => join(folder, 'nats-server')),
    env,
  );
  return 'path' in looked ? looked : null;
}

async function natsThatIsHere(cached: string[], env: NodeJS.ProcessEnv): Promise<NatsBinary | { tried: string[] }> {
  const named = env['NATS_SERVER_BIN'] ?? '';
  if (named !== '') return namedNats(named);
  const tried: string[] = [];
  for (const path of [...onPath(env), ...cached].filter((file) => existsSync(file))) {
    const found = await inspectNats(path);
    if (typeof found !== 'string') return found;
    tried.push(`${path}: ${found}`);
  }
  return { tried };
}

/** @returns why it cannot be used, if it cannot. */
export async function inspectNats(path: string): Promise<NatsBinary | string> {
  const answer = await runCommand(path, ['--version'], { timeoutMs: 10_000 });
  const version = /v(\d+\.\d+\.\d+)/.exec(answer.stdout)?.[1];
  if (answer.code !== 0 || version === undefined)
    return answer.stderr.trim().split('\n')[0] || 'does not tell its version';
  return isAtLeast(version, natsVersionMin) ? { path, version } : `version ${version} is older than ${natsVersionMin}`;
}

/** Compares versions like 2.9.10 and 2.10.27 by number. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split('.').map(Number));
  const difference = (want ?? []).map((part, at) => (have?.[at] ?? 0) - part).find((step) => step !== 0);
  return (difference ?? 0) >= 0;
}

async function namedNats(path: string): Promise<NatsBinary> {
  const found = await inspectNats(path);
  if (typeof found !== 'string') return found;
  throw new StackFault(
    `NATS_SERVER_BIN=${path} cannot be used: ${found}. Name another nats-server, ${natsVersionMin} or newer, or unset it.`,
  );
}

function onPath(env: NodeJS.ProcessEnv): string[] {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'nats-server'));
}

async function fetchInto(cached: string, tried: string[], options: FindNatsOptions): Promise<NatsBinary> {
  // A folder of our own for each caller, then one rename: nobody sees half a binary.
  const own = `${cached}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const { signal } = options;
  const ways: [name: string, fetch: () => Promise<string | null>][] = [
    ['pinned release', () => fetchNatsRelease({ target: own, scratch: `${own}.release`, signal })],
    ['Debian package', () => unpackDebianProgram({ ...debian, target: own, scratch: `${own}.debian`, signal })],
  ];
  try {
    for (const [name, fetch] of ways) {
      options.onSlow?.(`no nats-server here: fetching one (${name})`);
      const refusal = (await fetch()) ?? (await check(own));
      options.signal?.throwIfAborted();
      if (refusal === null) {
        renameSync(own, cached);
        const found = await inspectNats(cached);
        if (typeof found !== 'string') return found;
      }
      tried.push(`${name}: ${refusal}`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new StackFault(
    `no nats-server ${natsVersionMin} or newer was found or could be fetched (tried: NATS_SERVER_BIN is not set; not on PATH; ${tried.join('; ')}). ` +
      'Install one and put it on PATH, or set NATS_SERVER_BIN to its path, or NATS_URL to a server that runs.',
  );
}

async function check(path: string): Promise<string | null> {
  const found = await inspectNats(path);
  return typeof found === 'string' ? found : null;
}
