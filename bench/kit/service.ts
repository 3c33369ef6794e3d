import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { nodeFlagsOf } from '#local-stack';
import { usageOf, type ProcessUsage } from './process-usage.js';

const dist = join(import.meta.dirname, '..', '..');
const readyMsMax = 30_000;
const drainMsMax = 12_000;

export interface ServiceOptions {
  /** A folder of apps/. */
  app: string;
  /** Shown in reports, and the name of its log. */
  name: string;
  args?: string[];
  env: NodeJS.ProcessEnv;
  logDir: string;
}

/** One of our processes, started as the supervisor starts it: ready by IPC, ended by SIGTERM. */
export class Service {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** @throws Error with the end of its log when it does not become ready. */
  static async start(options: ServiceOptions): Promise<Service> {
    const { child, log } = launch(options);
    const ready = new Promise<boolean>((resolve) => {
      child.on('message', (message: { ready?: boolean }) => message.ready === true && resolve(true));
      child.once('exit', () => resolve(false));
      setTimeout(() => resolve(false), readyMsMax).unref();
    });
    if (await ready) return new Service(options.name, child);
    child.kill('SIGKILL');
    throw new Error(`${options.name} did not become ready:\n${tailOf(log)}`);
  }

  /** Runs an app to its end. @throws Error with the end of its log when it fails. */
  static async complete(options: ServiceOptions): Promise<void> {
    const { child, log } = launch(options);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${options.name} ended with ${String(code)}:\n${tailOf(log)}`);
  }

  usage(): ProcessUsage {
    return usageOf(this.child.pid ?? 0);
  }

  /** @throws Error when it did not drain in time, which is a fault of the product. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const overdue = setTimeout(() => this.child.kill('SIGKILL'), drainMsMax);
    await ended;
    clearTimeout(overdue);
    if (this.child.signalCode === 'SIGKILL') throw new Error(`${this.name} did not drain within ${drainMsMax} ms`);
  }
}

function launch(options: ServiceOptions): { child: ChildProcess; log: string } {
  const log = join(options.logDir, `${options.name}.log`);
  const file = openSync(log, 'a');
  const program = join(dist, 'apps', options.app, 'src', 'main.js');
  const child = spawn(process.execPath, [...nodeFlagsOf(options.app), program, ...(options.args ?? [])], {
    stdio: ['ignore', file, file, 'ipc'],
    env: { ...options.env, SLUICE_SUPERVISED: '1' },
  });
  closeSync(file);
  return { child, log };
}

const tailOf = (log: string): string => readFileSync(log, 'utf8').split('\n').slice(-30).join('\n');
