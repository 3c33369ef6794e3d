import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unpackDebianProgram } from '#local-stack';

const startMsMax = 10_000;
const lookMs = 10;

/** A nats-server as somebody else set it up: with no more than its arguments say. */
export interface BareNats {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * @param args without an address: it chooses a free port on loopback.
 * @throws with its log when it does not start
 */
export async function startBareNats(program: string, args: readonly string[]): Promise<BareNats> {
  const server = spawn(program, ['-a', '127.0.0.1', '-p', '-1', ...args], { stdio: 'pipe' });
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  };
  try {
    return { url: await urlOf(server), stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

/** nats-server 2.9 of Debian 12, fetched once for all tests of a user. @returns its path, or why it can't be had */
export async function oldNatsServer(): Promise<{ path: string } | { refusal: string }> {
  const path = join(tmpdir(), `sluice-test-nats-2.9-${process.getuid?.() ?? 0}`);
  if (existsSync(path)) return { path };
  const program = { debianPackage: 'nats-server', path: 'usr/sbin/nats-server' };
  const suites = ['bookworm']; // 2.9.10
  const refusal = await unpackDebianProgram({ program, suites, target: path, scratch: `${path}.debian` });
  return refusal === null ? { path } : { refusal };
}

/** It tells its port in its log. */
async function urlOf(server: ChildProcess): Promise<string> {
  let log = '';
  server.stderr?.on('data', (text: Buffer) => (log += text.toString()));
  for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += lookMs) {
    const [, port] = /client connections on 127\.0\.0\.1:(\d+)/.exec(log) ?? [];
    if (port !== undefined) return `nats://127.0.0.1:${port}`;
    await sleep(lookMs);
  }
  throw new Error(`nats-server did not start:\n${log}`);
}
