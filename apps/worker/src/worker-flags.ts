import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir, totalmem } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { clockScale, SandboxRule, KeepLog } from '#contracts';
import { BadProxy, proxyFor, type Proxy } from '#client';
import type { Bind, Isolation } from '#transform-sdk';
import type { KeepFolders } from '#worker';

/** What the command line and the environment ask for; flags win. */
export interface WorkerFlags {
  url: string;
  /** The forward proxy on the way to it. */
  proxy: Proxy | null;
  tokenFile: string;
  site: string;
  name: string;
  cores: number;
  memoryMib: number;
  /** Ids of the GPUs that it hands out; null: none, and it hides none. */
  gpuIds: string[] | null;
  /** Null: what is free where the work folder is. */
  diskMib: number | null;
  walltimeSec: number | null;
  workDir: string;
  tags: Record<string, string>;
  /** Folders and packages with transforms from outside. */
  transforms: string[];
  graceSec: number;
  resendSec: number;
  /** For trials: beats, resending and back-offs go so many times as fast. */
  clockScale: number;
  keepFolders: KeepFolders;
  cacheMib: number;
  logs: KeepLog;
  /** Null: as the site says. */
  sandbox: SandboxRule | null;
  binds: Bind[];
  /** Names more of them, one a line, and may change; null: there is none. */
  bindsFile: string | null;
  /** Never shown to programs in a sandbox. */
  hidden: string[];
  network: Isolation['network'];
}

/** A flag that cannot be used; the message names it. */
export class BadFlag extends Error {
  override readonly name = 'BadFlag';
}

export const usage = `sluice worker: leases jobs from a gateway and runs them

  --url URL              the gateway; default $SLUICE_URL
  --proxy URL            forward proxy to reach it by, or none; default $SLUICE_PROXY, else what $HTTPS_PROXY or
                         $HTTP_PROXY and $NO_PROXY say, but for loopback
  --token-file FILE      file with the pool's token, read at every register; default $SLUICE_TOKEN_FILE
  --site NAME            default $SLUICE_SITE, else local
  --name NAME            what people find it by; default host-pid
  --cores N              default: all of this machine
  --memory-mib N         default: nine tenths of what this process may use
  --gpus N|IDS           how many, or their ids joined by commas, as CUDA_VISIBLE_DEVICES takes them; default: none
  --disk-mib N           what its jobs may ask for together; default: what is free where the work folder is
  --walltime-sec N       it must be gone by then, and drains in time; default: no end
  --work-dir FOLDER      journal and attempts' folders; one worker each; default <tmp>/sluice-<name>
  --tags KEY=VALUE       repeatable
  --transforms FROM      folder or package with more transforms; repeatable
  --grace-sec N          how long running jobs may go on once it drains; default 8
  --resend-sec N         results that are not settled after so long are reported again; default 30
  --keep-folders WHICH   all, failed or none: attempts' folders that stay; default failed
  --cache-mib N          what fetched input files may come to, for jobs to come; default $SLUICE_CACHE_MIB, else 10240
  --logs WHICH           always, failed or never: attempts of which all output goes to the file store; default never
  --sandbox MODE         auto (where it works), required or off; default $SLUICE_SANDBOX, else as the site says
  --bind PATH[:rw]       shown to programs in a sandbox too; repeatable; default $SLUICE_BIND, joined by colons
  --binds-file FILE      more of them, \`ro PATH\` or \`rw PATH\` a line, read anew when it changes; those not there are left out
  --hide PATH            not shown, also where a bind would; repeatable
  --network WHICH        asked (only jobs that ask for it have a network) or always; default asked

Examples:
  sluice worker --cores 4
  sluice worker --site USDF --walltime-sec 7200 --url https://sluice.example.org
`;

const options = {
  url: { type: 'string' },
  proxy: { type: 'string' },
  'token-file': { type: 'string' },
  site: { type: 'string' },
  name: { type: 'string' },
  cores: { type: 'string' },
  'memory-mib': { type: 'string' },
  gpus: { type: 'string' },
  'disk-mib': { type: 'string' },
  'walltime-sec': { type: 'string' },
  'work-dir': { type: 'string' },
  tags: { type: 'string', multiple: true },
  transforms: { type: 'string', multiple: true },
  'grace-sec': { type: 'string' },
  'resend-sec': { type: 'string' },
  'keep-folders': { type: 'string' },
  'cache-mib': { type: 'string' },
  logs: { type: 'string' },
  sandbox: { type: 'string' },
  bind: { type: 'string', multiple: true },
  'binds-file': { type: 'string' },
  hide: { type: 'string', multiple: true },
  network: { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @returns null when only help is asked for
 * @throws BadFlag when one is unknown, missing or out of range
 */
export function workerFlags(argv: readonly string[], env: Environment): WorkerFlags | null {
  const given = parsed(argv);
  if (given.help === true) return null;
  const name = given.name ?? `${hostname()}-${process.pid}`;
  const url = address(given.url ?? env['SLUICE_URL']);
  return {
    url,
    proxy: proxyOf(url, { env, given: given.proxy }),
    tokenFile: required('--token-file or SLUICE_TOKEN_FILE', given['token-file'] ?? env['SLUICE_TOKEN_FILE']),
    site: given.site ?? env['SLUICE_SITE'] ?? 'local',
    name,
    cores: whole('--cores', given.cores, { least: 1 }) ?? availableParallelism(),
    memoryMib: whole('--memory-mib', given['memory-mib'], { least: 1 }) ?? usableMemoryMib(),
    gpuIds: gpuIds(given.gpus),
    diskMib: whole('--disk-mib', given['disk-mib'], { least: 0 }),
    walltimeSec: whole('--walltime-sec', given['walltime-sec'], { least: 1 }),
    workDir: resolve(given['work-dir'] ?? join(tmpdir(), `sluice-${name}`)),
    tags: Object.fromEntries((given.tags ?? []).map(tag)),
    transforms: given.transforms ?? [],
    graceSec: whole('--grace-sec', given['grace-sec'], { least: 0 }) ?? 8,
    resendSec: whole('--resend-sec', given['resend-sec'], { least: 5 }) ?? 30,
    clockScale: scale(env['SLUICE_CLOCK_SCALE']),
    cacheMib:
      whole('--cache-mib or SLUICE_CACHE_MIB', given['cache-mib'] ?? env['SLUICE_CACHE_MIB'], { least: 0 }) ?? 10_240,
    logs: keepLog(given.logs ?? 'never'),
    keepFolders: keepFolders(given['keep-folders'] ?? 'failed'),
    sandbox: sandbox(given.sandbox ?? env['SLUICE_SANDBOX'] ?? ''),
    binds: (given.bind ?? bindsOf(env['SLUICE_BIND'] ?? '')).map(bind),
    bindsFile: given['binds-file'] ?? null,
    hidden: (given.hide ?? []).map((path) => resolve(path)),
    network: network(given.network ?? 'asked'),
  };
}

/** @throws BadFlag when the file cannot be read or is empty */
export function readToken(tokenFile: string): string {
  try {
    return required(`a token in ${tokenFile}`, readFileSync(tokenFile, 'utf8').trim());
  } catch (cause) {
    throw new BadFlag(`cannot read the token file ${tokenFile}: ${String(cause)}`, { cause });
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new BadFlag(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function required(what: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new BadFlag(`${what} is missing`);
  return value;
}

function address(url: string | undefined): string {
  const text = required('--url or SLUICE_URL', url);
  if (!/^https?:\/\/./.test(text)) throw new BadFlag(`--url must be an http or https address, not ${text}`);
  return text;
}

function proxyOf(url: string, { env, given }: { env: Environment; given: string | undefined }): Proxy | null {
  try {
    return proxyFor(new URL(url), env, given);
  } catch (cause) {
    if (cause instanceof BadProxy) throw new BadFlag(cause.message, { cause });
    throw new BadFlag(`--url must be an http or https address, not ${url}`, { cause });
  }
}

function whole(flag: string, text: string | undefined, range: { least: number }): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < range.least) {
    throw new BadFlag(`${flag} must be a whole number of at least ${range.least}, not ${text}`);
  }
  return value;
}

function scale(text: string | undefined): number {
  const read = clockScale.safeParse(text);
  if (read.success) return read.data;
  throw new BadFlag(`SLUICE_CLOCK_SCALE must be a number from 1 to 1,000, not ${text}`);
}

/** `2` are those numbered 0 and 1; `GPU-7f,3` are those two; `3,` is that one. */
function gpuIds(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return Array.from({ length: Number(text) }, (_, id) => String(id));
  const ids = text.replace(/,$/, '').split(',');
  const isGood = ids.every((id) => /^[A-Za-z0-9_.:/-]{1,100}$/.test(id)) && new Set(ids).size === ids.length;
  if (isGood) return ids;
  throw new BadFlag(`--gpus must be a number, or ids joined by commas and each only once, not ${text}`);
}

function tag(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new BadFlag(`--tags must be KEY=VALUE, not ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function keepFolders(text: string): KeepFolders {
  if (text === 'all' || text === 'failed' || text === 'none') return text;
  throw new BadFlag(`--keep-folders must be all, failed or none, not ${text}`);
}

function keepLog(text: string): KeepLog {
  const rule = KeepLog.safeParse(text);
  if (!rule.success) throw new BadFlag(`--logs must be always, failed or never, not ${text}`);
  return rule.data;
}

function sandbox(text: string): SandboxRule | null {
  if (text === '') return null;
  const rule = SandboxRule.safeParse(text);
  if (!rule.success) throw new BadFlag(`--sandbox must be auto, required or off, not ${text}`);
  return rule.data;
}

/** `/sps:/scratch:rw` is two binds. */
const bindsOf = (text: string): string[] => text.match(/[^:]+(?::rw(?=:|$))?/g) ?? [];

function bind(text: string): Bind {
  const writable = text.endsWith(':rw');
  const path = writable ? text.slice(0, -':rw'.length) : text;
  if (!isAbsolute(path) || path === '/') {
    throw new BadFlag(`--bind must be PATH or PATH:rw, with an absolute path below /, not ${text}`);
  }
  if (!existsSync(path)) throw new BadFlag(`--bind ${path}: there is no such file or folder`);
  return { path: resolve(path), writable };
}

function network(text: string): Isolation['network'] {
  if (text === 'asked' || text === 'always') return text;
  throw new BadFlag(`--network must be asked or always, not ${text}`);
}

/** Of a container's limit when there is one. A tenth stays for the worker itself and the system. */
function usableMemoryMib(): number {
  const limitBytes = process.constrainedMemory() || Infinity;
  return Math.max(1, Math.floor((Math.min(limitBytes, totalmem()) * 0.9) / 2 ** 20));
}
