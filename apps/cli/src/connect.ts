import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadProxy, type Proxy, proxyFor, SluiceClient } from '#client';
import type { OpenStack, StackMode, StackSettings } from '#local-stack';
import { CliFault, exitCodes } from './exit-code.js';
import type { Call, Globals } from './globals.js';
import { lateOptions } from './late-options.js';
import { LiveLogin } from './login/live-login.js';
import { readLogin } from './login/saved-login.js';
import { StackNotes } from './stack-notes.js';

/** A server to talk to, and what has to be let go of afterwards. */
export interface Connection {
  client: SluiceClient;
  /** The stack on this machine; null when the server is elsewhere. */
  stack: OpenStack | null;
  /** Where that stack keeps everything; null without one. */
  stateDir: string | null;
  /** Closes connections; a stack that was opened only for this goes down. Safe to repeat. */
  release(): Promise<void>;
}

export interface StackWish {
  mode: StackMode;
  settings: Partial<StackSettings>;
  /** Without a word: for verbs that only read. */
  quiet: boolean;
  signal?: AbortSignal;
}

/** A reading verb starts servers and services, but nothing that would run jobs by accident. */
export const readingStack: StackWish = { mode: 'run', settings: { workers: 0 }, quiet: true };

/**
 * Connects to the server that the options name, else to this machine's stack, which is started if need be.
 * @throws CliFault
 */
export async function connect(call: Call, wish: StackWish): Promise<Connection> {
  const remote = remoteServer(call.globals);
  if (remote) return connectRemote(remote, call.globals);
  const { openStack, readStack, stateDirOf } = await import('#local-stack');
  const stateDir = stateDirOf(call.globals.stateDir);
  // A stack that is up tells again how it started; only a start that one waits for is worth the lines.
  const before = readStack(stateDir);
  const quiet = wish.quiet || before?.ready === true;
  const notes = new StackNotes(call.terminal);
  const stack = await openStack({
    stateDir,
    mode: wish.mode,
    settings: wish.settings,
    startedBy: process.argv.slice(2).join(' '),
    onProgress: quiet ? undefined : (progress) => notes.show(progress),
    signal: wish.signal,
  })
    .catch(stackFault)
    .finally(() => notes.end());
  const late = stack.started || wish.quiet ? [] : lateOptions(wish.settings, before);
  if (late.length > 0)
    call.terminal.note(
      `the stack is up already: ${late.join(' ')} would count only when it starts (sluice down first)`,
    );
  return connectStack(stack, stateDir);
}

/**
 * connect() for verbs that only read. Where nothing ever ran there is nothing to read, so nothing is started.
 * @throws CliFault with exit 4 when no stack ever ran in the state folder.
 */
export async function connectToRead(call: Call): Promise<Connection> {
  if (!remoteServer(call.globals)) {
    const { stateDirOf } = await import('#local-stack');
    const stateDir = stateDirOf(call.globals.stateDir);
    // The folder itself may be older: the launcher keeps its own things there.
    if (!existsSync(join(stateDir, 'token'))) {
      const nothing = [`no workflow: nothing ran here yet (${stateDir})`];
      throw new CliFault(exitCodes.notFound, missingStateDir(call.globals, stateDir) ?? nothing);
    }
  }
  return connect(call, readingStack);
}

/** What to say when a folder that was named is not there: it is more likely misspelt than new. Null: it is, or was not named. */
export function missingStateDir({ stateDir: given }: Globals, stateDir: string): string[] | null {
  const named = given !== undefined ? '--state-dir' : process.env['SLUICE_STATE_DIR'] ? 'SLUICE_STATE_DIR' : null;
  if (named === null || existsSync(stateDir)) return null;
  return [`there is no folder ${stateDir}, so no stack ever ran there`, `${named} names it: is it spelt right?`];
}

/**
 * Connects to a server that is there already.
 * @throws CliFault with exit 5 when none is.
 */
export async function connectToRunning(call: Call): Promise<Connection> {
  if (!remoteServer(call.globals)) {
    const { readStack, stateDirOf } = await import('#local-stack');
    const stateDir = stateDirOf(call.globals.stateDir);
    if (readStack(stateDir) === null) {
      const why = missingStateDir(call.globals, stateDir) ?? [`no stack runs here (${stateDir})`];
      throw new CliFault(exitCodes.noServer, [...why, '`sluice up` starts one']);
    }
  }
  return connect(call, readingStack);
}

/** The stack was started for this verb, without workers: what was ordered waits for a stack that has some. */
export function noteNoWorkers({ terminal }: Call, { stack }: Connection): void {
  if (stack?.started)
    terminal.note('no stack was up, so nothing runs now: `sluice up` starts one with workers and it goes on');
}

/** Where a server on another machine is; null: use this machine's. A --state-dir that was given beats SLUICE_URL. */
export function remoteServer(globals: Globals): RemoteServer | null {
  const url = globals.url ?? (globals.stateDir === undefined ? process.env.SLUICE_URL : undefined);
  if (!url) return null;
  return { url, tokenFile: (globals.tokenFile ?? process.env.SLUICE_TOKEN_FILE) || null };
}

interface RemoteServer {
  url: string;
  tokenFile: string | null;
}

async function connectRemote(remote: RemoteServer, globals: Globals): Promise<Connection> {
  if (!URL.canParse(remote.url)) throw new CliFault(exitCodes.usage, [`not the address of a server: ${remote.url}`]);
  const proxy = proxyTo(globals)(new URL(remote.url));
  const token = await tokenFor(remote, globals);
  try {
    const client = new SluiceClient({ url: remote.url, token, proxy });
    return { client, stack: null, stateDir: null, release: () => client.close() };
  } catch (cause) {
    throw new CliFault(exitCodes.usage, [`not the address of a server: ${remote.url}`], { cause });
  }
}

/** The proxy to a server, as options and environment say. @throws CliFault with exit 2 */
export const proxyTo =
  (globals: Globals) =>
  (url: URL): Proxy | null => {
    try {
      return proxyFor(url, process.env, globals.proxy);
    } catch (cause) {
      if (cause instanceof BadProxy) throw new CliFault(exitCodes.usage, [cause.message], { cause });
      throw cause;
    }
  };

/** That of a file, else of a log-in, else none. */
async function tokenFor(remote: RemoteServer, globals: Globals): Promise<string | (() => Promise<string>)> {
  if (remote.tokenFile !== null) return readToken(remote.tokenFile);
  const saved = readLogin(remote.url);
  if (saved === null) return '';
  const { token } = new LiveLogin(saved, proxyTo(globals));
  await token(); // what is wrong with it is told at once
  return token;
}

function connectStack(stack: OpenStack, stateDir: string): Connection {
  const client = new SluiceClient({ url: stack.url, token: stack.token });
  return {
    client,
    stack,
    stateDir,
    release: async () => {
      await client.close();
      await stack.release().catch(stackFault);
    },
  };
}

/** @throws CliFault with exit 2 */
export function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new CliFault(exitCodes.usage, [`cannot read the token file ${file}`], { cause });
  }
}

/** Told by its name: libs/local-stack is loaded only by the verbs that need it. */
export function stackFault(error: unknown): never {
  if (error instanceof Error && error.name === 'StateFolderFault') {
    throw new CliFault(exitCodes.usage, error.message.split('\n'), { cause: error });
  }
  if (error instanceof Error && error.name === 'StackFault') {
    throw new CliFault(exitCodes.noServer, error.message.split('\n'), { cause: error });
  }
  throw error;
}
