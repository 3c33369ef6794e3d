import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { LogFile } from './log-file.js';
import { StackFault } from './stack-contract.js';

export interface NodeServiceOptions {
  name: string;
  /** The built main.js, and its arguments. */
  program: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  log: LogFile;
  signal?: AbortSignal;
}

const readyMsMax = 60_000;
/**
 * How Node runs an app. Those through which a workflow's jobs pass by the million get a nursery of 8 MiB instead of 16: 30
 * to 60 MiB less while they do, for 5 % more time at most. deploy/start-service.sh says the same.
 */
export const nodeFlagsOf = (app: string): readonly string[] =>
  app === 'gateway' || app === 'transformer' ? ['--max-semi-space-size=8'] : [];
/** A service drains within 10 s; what is left then is a bug. */
const stopMsMax = 11_000;

/**
 * One of our own processes, talked to over IPC: it says `{ready: true}` once it serves, and ends by itself when the
 * channel closes, whatever became of us.
 */
export class NodeService {
  /** Resolves with the exit code; 128 when a signal ended it. */
  readonly ended: Promise<number>;
  private readonly child: ChildProcess;

  private constructor(private readonly options: NodeServiceOptions) {
    const log = options.log.open({ rotate: true });
    try {
      this.child = spawn(process.execPath, [...nodeFlagsOf(options.name), options.program, ...(options.args ?? [])], {
        stdio: ['ignore', log, log, 'ipc'],
        env: { ...options.env, SLUICE_SUPERVISED: '1' },
        detached: true, // a Ctrl-C in the supervisor's terminal is the supervisor's to handle
      });
    } finally {
      closeSync(log);
    }
    this.child.on('error', () => undefined); // also a failed send; `ended` tells what became of it
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code ?? 128)));
  }

  /** Starts it and waits until it is ready. @throws StackFault with the end of its log; then it does not run. */
  static async start(options: NodeServiceOptions): Promise<NodeService> {
    const service = new NodeService(options);
    if (await service.isReady()) return service;
    await service.stop();
    options.signal?.throwIfAborted();
    throw new StackFault(
      `${options.name} did not start (${await service.whatEndedIt()}). The end of ${options.log.path}:\n${options.log.tail()}`,
    );
  }

  /** Runs it to its end. @returns what it said last, if anything. @throws StackFault with the end of its log when it fails. */
  static async complete(options: NodeServiceOptions): Promise<unknown> {
    const service = new NodeService(options);
    let said: unknown;
    service.child.on('message', (message) => (said = message));
    const abort = () => service.child.kill('SIGKILL');
    options.signal?.addEventListener('abort', abort);
    const code = await service.ended;
    options.signal?.removeEventListener('abort', abort);
    options.signal?.throwIfAborted();
    if (code !== 0) {
      throw new StackFault(
        `${options.name} failed with code ${code}. The end of ${options.log.path}:\n${options.log.tail()}`,
      );
    }
    return said;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** SIGTERM, and SIGKILL when it has not drained in time. Resolves when it is gone. Safe to call twice. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), stopMsMax);
    await this.ended;
    clearTimeout(hard);
  }

  private isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), readyMsMax);
      const answer = (ready: boolean) => {
        clearTimeout(timer);
        resolve(ready);
      };
      this.child.on('message', (message) => {
        if ((message as { ready?: unknown } | null)?.ready === true) answer(true);
      });
      this.child.once('close', () => answer(false));
      this.options.signal?.addEventListener('abort', () => answer(false), { once: true });
    });
  }

  private async whatEndedIt(): Promise<string> {
    const code = await this.ended;
    return code === 128 ? `not ready within ${readyMsMax / 1_000} s, or killed` : `it ended with code ${code}`;
  }
}
