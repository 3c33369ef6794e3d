import { chownSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { databasePlace, readableBinaries, type DatabasePlace } from './database-place.js';
import { findPostgres, type FindPostgresOptions, type PostgresBinaries } from './find-postgres.js';
import { freePort } from './free-port.js';
import { GuardedServer } from './guarded-server.js';
import { stopLeftOver } from './left-over.js';
import { LogFile } from './log-file.js';
import { keepSecret, readFileOrNull } from './private-file.js';
import { runCommand } from './run-command.js';
import { StackFault } from './stack-contract.js';

export interface StartServerOptions {
  stateDir: string;
  /** Listens there if it is free: a server that comes back must be where its clients look. */
  port?: number;
  signal?: AbortSignal;
}

export interface StartPostgresOptions extends StartServerOptions {
  find?: FindPostgresOptions;
  /** How many may be open at once; 60 are enough for two of each service. */
  connectionsMax?: number;
}

/** A server of ours that accepts connections on 127.0.0.1. */
export interface RunningServer {
  /** With user and password. */
  url: string;
  port: number;
  /** The guard's pid; the server is its child. */
  pid: number;
  /** Folder with what it keeps. */
  place: string;
  /** What was found and where, for a person. */
  detail: string;
  /** Resolves when it has ended, for whatever reason. */
  ended: Promise<number>;
  stop(): Promise<void>;
}

/** A fast shutdown writes a checkpoint first: up to 256 MiB of pages. */
const stopPatienceSec = 20;
/** After a crash PostgreSQL replays up to max_wal_size before it answers. */
const readyMsMax = 120_000;
const startsMax = 5;

/**
 * Starts PostgreSQL on the database of a state folder, making it first if there is none. Loopback and password only.
 * It ends with this process, whatever ends that.
 * @throws StackFault with the reason and the end of its log.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningServer> {
  const place = databasePlace(options.stateDir);
  const dataDir = join(place.folder, 'data');
  const made = madeBy(dataDir);
  const found = await findPostgres({ ...options.find, ...(made === null ? {} : { major: made }) });
  const binaries = readableBinaries(found, place);
  const password = keepSecret(join(options.stateDir, 'postgres.secret'));
  if (made === null) await makeDatabase({ binaries, place, dataDir, password, signal: options.signal });
  else await stopEarlier(dataDir);
  return launch({ options, binaries, place, dataDir, password });
}

/** The major version that made a data folder, or null when there is none. */
function madeBy(dataDir: string): number | null {
  const version = readFileOrNull(join(dataDir, 'PG_VERSION'));
  return version === null ? null : Number.parseInt(version, 10);
}

interface NewDatabase {
  binaries: PostgresBinaries;
  place: DatabasePlace;
  dataDir: string;
  password: string;
  signal?: AbortSignal;
}

/** Made beside its place and moved there whole, so that an interrupted start leaves nothing half made. */
async function makeDatabase(database: NewDatabase): Promise<void> {
  const { binaries, place } = database;
  const draft = `${database.dataDir}.draft`;
  const passwordFile = join(place.folder, 'password.draft');
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  try {
    writeFileSync(passwordFile, database.password, { mode: 0o600, flag: 'wx' });
    if (place.user !== null) chownSync(passwordFile, place.user.uid, place.user.gid);
    const made = await runCommand(
      binaries.initdb,
      [
        `--pgdata=${draft}`,
        '--username=sluice',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--data-checksums',
        '--encoding=UTF8',
        '--locale=C',
      ],
      { timeoutMs: 120_000, cwd: place.folder, env: serverEnvironment(), signal: database.signal, ...userOf(place) },
    );
    if (made.code !== 0)
      throw new StackFault(
        `PostgreSQL could not make its database in ${place.folder} (initdb): ${made.stderr.trim() || made.stdout.trim()}`,
      );
    renameSync(draft, database.dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function stopEarlier(dataDir: string): Promise<void> {
  const pid = Number.parseInt(readFileOrNull(join(dataDir, 'postmaster.pid')) ?? '', 10);
  if (pid > 0) await stopLeftOver({ pid, mark: dataDir, signals: ['SIGINT', 'SIGQUIT'] });
}

interface Launch {
  options: StartPostgresOptions;
  binaries: PostgresBinaries;
  place: DatabasePlace;
  dataDir: string;
  password: string;
}

async function launch({ options, binaries, place, dataDir, password }: Launch): Promise<RunningServer> {
  const log = new LogFile(join(options.stateDir, 'logs'), 'postgres');
  const { connectionsMax = 60 } = options;
  const compression = await walCompression(binaries, place, dataDir);
  for (let start = 1; ; start += 1) {
    const port = await freePort(options.port);
    const server = new GuardedServer({
      command: [binaries.postgres, '-D', dataDir, ...settings({ port, compression, connectionsMax })],
      signals: ['SIGINT', 'SIGQUIT'],
      cwd: place.folder,
      env: serverEnvironment(),
      log,
      ...userOf(place),
    });
    if (await isReady(server, dataDir, options.signal)) {
      return {
        url: `postgres://sluice:${password}@127.0.0.1:${port}/postgres`,
        port,
        pid: server.pid,
        place: dataDir,
        detail: `${binaries.origin.kind === 'embedded' ? 'embedded' : 'found'} ${binaries.major}, ${binaries.postgres}`,
        ended: server.ended,
        stop: () => server.stop({ patienceSec: stopPatienceSec }),
      };
    }
    await server.stop({ patienceSec: 3 });
    options.signal?.throwIfAborted();
    // Another program may have taken the port between our look and PostgreSQL's.
    if (start === startsMax || !/could not bind|Address already in use/.test(log.tail())) {
      throw new StackFault(`PostgreSQL did not start on ${dataDir}. The end of ${log.path}:\n${log.tail()}`);
    }
  }
}

/** PostgreSQL writes how far it is into line 8 of postmaster.pid, as pg_ctl reads it. */
async function isReady(server: GuardedServer, dataDir: string, signal?: AbortSignal): Promise<boolean> {
  let ended = false;
  const markEnded = () => (ended = true);
  server.ended.then(markEnded, markEnded);
  for (let waitedMs = 0; waitedMs < readyMsMax && !ended && signal?.aborted !== true; waitedMs += 10) {
    const lines = readFileOrNull(join(dataDir, 'postmaster.pid'))?.split('\n');
    if (lines?.[7]?.trim() === 'ready' && !ended) return true;
    await sleep(10);
  }
  return false;
}

/** For our load: many short commits that must last, few connections, one machine. @see STACK.md section 5 */
function settings(chosen: { port: number; compression: string; connectionsMax: number }): string[] {
  const values = {
    port: chosen.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: chosen.connectionsMax,
    shared_buffers: '256MB',
    jit: 'off', // to compile a statement takes longer than most of ours run
    wal_compression: chosen.compression,
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    checkpoint_completion_target: 0.9,
    log_checkpoints: 'off',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %a ',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** lz4 costs a fraction of pglz's time, but not every build of PostgreSQL has it. */
async function walCompression(binaries: PostgresBinaries, place: DatabasePlace, dataDir: string): Promise<string> {
  const answer = await runCommand(
    binaries.postgres,
    ['-D', dataDir, '-C', 'wal_compression', '-c', 'wal_compression=lz4'],
    {
      timeoutMs: 10_000,
      cwd: place.folder,
      env: serverEnvironment(),
      ...userOf(place),
    },
  );
  return answer.code === 0 ? 'lz4' : 'on';
}

/** None of our own environment: PGDATA, PGPORT and the like would change what starts. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

function userOf(place: DatabasePlace): { user?: { uid: number; gid: number } } {
  return place.user === null ? {} : { user: { uid: place.user.uid, gid: place.user.gid } };
}
