import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entryOf = (app: string): string => fileURLToPath(new URL(`../../../apps/${app}/src/main.js`, import.meta.url));
const startMsMax = 60_000;

/** One of our services as the process that it is in production. */
export class RunningService {
  private readonly lines: string[] = [];
  private partial = '';

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.partial + text).split('\n');
      this.partial = lines.pop() ?? '';
      this.lines.push(...lines);
      child.emit('line');
    });
  }

  /** Returns when it says that it is ready. @throws with its log when it ends before */
  static async start(app: string, environment: Record<string, string>): Promise<RunningService> {
    const service = RunningService.launch(app, environment);
    const timer = setTimeout(() => service.child.kill('SIGKILL'), startMsMax);
    while (!service.saidReady() && service.child.exitCode === null && service.child.signalCode === null) {
      await Promise.race([once(service.child, 'line'), once(service.child, 'exit')]);
    }
    clearTimeout(timer);
    if (!service.saidReady()) throw new Error(`${app} did not start:\n${service.log}`);
    return service;
  }

  /** Does not wait until it is ready. */
  static launch(app: string, environment: Record<string, string>): RunningService {
    const env = { PATH: process.env.PATH, SLUICE_HTTP_PORT: '0', ...environment };
    return new RunningService(spawn(process.execPath, [entryOf(app)], { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  }

  get log(): string {
    return this.lines.join('\n');
  }

  get url(): string {
    const ready = this.lines.map((line) => JSON.parse(line) as { url?: string }).find(({ url }) => url !== undefined);
    return ready?.url ?? '';
  }

  /** @returns its exit code; null when a signal ended it */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended();
  }

  private saidReady(): boolean {
    return this.lines.some((line) => line.includes('"message":"ready"'));
  }
}
