import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findNats } from './find-nats.js';
import { freePort } from './free-port.js';
import { GuardedServer } from './guarded-server.js';
import { stopLeftOver } from './left-over.js';
import { LogFile } from './log-file.js';
import { keepSecret, readFileOrNull, writePrivateFile } from './private-file.js';
import { StackFault } from './stack-contract.js';
import type { RunningServer, StartServerOptions } from './start-postgres.js';

export interface StartNatsOptions extends StartServerOptions {
  env?: NodeJS.ProcessEnv;
  onSlow?: (detail: string) => void;
}

const stopPatienceSec = 10;
/** A large store is checked before the server answers. */
const readyMsMax = 60_000;
const startsMax = 5;

/**
 * Starts nats-server with JetStream on the streams of a state folder. Loopback and password only; every message is on
 * disk before it is acknowledged. It ends with this process, whatever ends that.
 * @throws StackFault with the reason and the end of its log.
 */
export async function startNats(options: StartNatsOptions): Promise<RunningServer> {
  const found = await findNats(options);
  const place = join(options.stateDir, 'nats');
  mkdirSync(place, { recursive: true, mode: 0o700 });
  await stopEarlier(place);
  const password = keepSecret(join(options.stateDir, 'nats.secret'));
  const log = new LogFile(join(options.stateDir, 'logs'), 'nats');
  for (let start = 1; ; start += 1) {
    const port = await freePort(options.port);
    writePrivateFile(join(place, 'nats.conf'), configuration({ port, place, password }));
    const server = new GuardedServer({
      command: [found.path, '--config', join(place, 'nats.conf')],
      signals: ['SIGTERM', 'SIGKILL'],
      cwd: place,
      env: { PATH: process.env['PATH'], TZ: 'UTC' },
      log,
    });
    if (await greets(port, server, options.signal)) {
      return {
        url: `nats://sluice:${password}@127.0.0.1:${port}`,
        port,
        pid: server.pid,
        place,
        detail: `${found.version}, ${found.path}`,
        ended: server.ended,
        stop: () => server.stop({ patienceSec: stopPatienceSec }),
      };
    }
    await server.stop({ patienceSec: 1 });
    options.signal?.throwIfAborted();
    // Another program may have taken the port between our look and the server's.
    if (start === startsMax || !/address already in use/.test(log.tail())) {
      throw new StackFault(`nats-server (${found.path}) did not start. The end of ${log.path}:\n${log.tail()}`);
    }
  }
}

async function stopEarlier(place: string): Promise<void> {
  const pid = Number.parseInt(readFileOrNull(join(place, 'nats.pid')) ?? '', 10);
  if (pid > 0) await stopLeftOver({ pid, mark: join(place, 'nats.conf'), signals: ['SIGTERM', 'SIGKILL'] });
}

/** The password is in the file, not among the arguments, which everybody on the machine can read. */
function configuration(chosen: { port: number; place: string; password: string }): string {
  const { port, place, password } = chosen;
  return `listen: "127.0.0.1:${port}"
server_name: sluice
pid_file: ${JSON.stringify(join(place, 'nats.pid'))}
max_payload: 1MB
jetstream {
  store_dir: ${JSON.stringify(join(place, 'jetstream'))}
  sync_interval: always
}
authorization {
  user: sluice
  password: ${JSON.stringify(password)}
}
`;
}

/** nats-server says INFO to whoever connects, once JetStream is there. */
async function greets(port: number, server: GuardedServer, signal?: AbortSignal): Promise<boolean> {
  let ended = false;
  const markEnded = () => (ended = true);
  server.ended.then(markEnded, markEnded);
  for (let waitedMs = 0; waitedMs < readyMsMax && !ended && signal?.aborted !== true; waitedMs += 10) {
    if ((await greeting(port)).startsWith('INFO ') && !ended) return true;
    await sleep(10);
  }
  return false;
}

function greeting(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    const answer = (text: string) => {
      socket.destroy();
      resolve(text);
    };
    socket.once('data', (bytes) => answer(bytes.toString('utf8')));
    socket.once('error', () => answer(''));
    socket.once('timeout', () => answer(''));
  });
}
