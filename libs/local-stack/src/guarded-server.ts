import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { LogFile } from './log-file.js';

/**
 * A server that ends with us, even when we are killed without a word.
 * G1 The guard, a small shell, is the server's parent and reads a pipe that only we hold open: our death is its end of file.
 * G2 A line on the pipe is the polite stop, and says how many seconds the server may take; end of file allows 3.
 * G3 The guard lives exactly as long as the server, ends with its exit code and leaves nothing. Its nap is ended by KILL:
 *    anything milder is lost on a child that has not yet become .
 */
const guardScript = `
first=$1 second=$2
shift 2
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
nap() {
  sleep "$1" 3<&- &
  wait "$!"
}
{
  patience=3
  read -r word <&3 && patience=$word
  trap 'kill -s KILL "$!"; exit' TERM
  kill -s "$first" "$server"
  nap "$patience"
  kill -s "$second" "$server"
  nap 1
  kill -s KILL "$server"
} 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$code"
`;

export interface GuardedServerOptions {
  command: readonly [file: string, ...args: string[]];
  /** The signal that ends it in order, and the one that ends it at once. */
  signals: readonly [first: NodeJS.Signals, second: NodeJS.Signals];
  cwd: string;
  env: NodeJS.ProcessEnv;
  log: LogFile;
  user?: { uid: number; gid: number };
}

/**
 * A process that has nothing else to do may end: the server goes with it.
 * The guard is in a session of its own: a Ctrl-C in our terminal does not reach the server before we had our say.
 */
export class GuardedServer {
  /** Resolves with the server's exit code (128 + signal number when a signal ended it). */
  readonly ended: Promise<number>;
  private readonly guard: ChildProcess;

  constructor(options: GuardedServerOptions) {
    const log = options.log.open({ rotate: true });
    try {
      this.guard = spawn('/bin/sh', ['-c', guardScript, 'guard', ...shortNames(options.signals), ...options.command], {
        stdio: ['pipe', log, log],
        cwd: options.cwd,
        env: options.env,
        detached: true,
        ...options.user,
      });
    } finally {
      closeSync(log);
    }
    this.guard.stdin?.on('error', () => undefined); // the guard has ended: `ended` tells
    this.ended = new Promise((resolve, reject) => {
      this.guard.once('error', reject);
      this.guard.once('exit', (code) => resolve(code ?? 1));
    });
    this.ended.catch(() => undefined);
    this.guard.unref();
    unref(this.guard.stdin);
  }

  get pid(): number {
    return this.guard.pid ?? 0;
  }

  /** Ends the server in order, harder after `patienceSec`. Resolves when it is gone. Safe to call twice. */
  async stop(options: { patienceSec: number }): Promise<void> {
    this.guard.ref();
    this.guard.stdin?.end(`${options.patienceSec}\n`);
    await this.ended.catch(() => undefined);
  }
}

function shortNames(signals: readonly NodeJS.Signals[]): string[] {
  return signals.map((signal) => signal.replace(/^SIG/, ''));
}

function unref(pipe: unknown): void {
  if (pipe instanceof Socket) pipe.unref();
}
