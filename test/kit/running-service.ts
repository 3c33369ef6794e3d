import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entryOf = (app: string): string => fileURLToPath(new URL(`../../apps/${app}/src/main.js`, import.meta.url));
const startMsMax = 60_000;
/** Before a command: it sees other names than the machine it runs on, and keeps its pid. */
const withHosts = (file: string): string[] => [
  ...['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"'],
  file,
];
/** How a service and how a worker say that they are there. */
const readyLine = /"message":"ready"|"event":"session.registered"/;

/** One of our services, or a worker, as the process that it is in production. It ends with the Jest process. */
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
  static async start(
    app: string,
    environment: Record<string, string>,
    flags: readonly string[] = [],
  ): Promise<RunningService> {
    const service = RunningService.launch(app, environment, flags);
    await service.becomesReady();
    return service;
  }

  /**
   * Does not wait until it is ready.
   * @param hosts a file that it reads in place of /etc/hosts; only root may give one
   */
  static launch(
    app: string,
    environment: Record<string, string>,
    flags: readonly string[] = [],
    hosts?: string,
  ): RunningService {
    const env = { PATH: process.env.PATH, SLUICE_HTTP_PORT: '0', SLUICE_SUPERVISED: '1', ...environment };
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] satisfies StdioOptions;
    const [program = '', ...args] = [...(hosts ? withHosts(hosts) : []), process.execPath, entryOf(app), ...flags];
    return new RunningService(spawn(program, args, { env, stdio }));
  }

  get log(): string {
    return this.lines.join('\n');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get url(): string {
    const ready = this.lines.map((line) => JSON.parse(line) as { url?: string }).find(({ url }) => url !== undefined);
    return ready?.url ?? '';
  }

  /** @throws with its log when it ends before it is ready */
  async becomesReady(): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), startMsMax);
    while (!this.saidReady && !this.hasEnded) {
      await Promise.race([once(this.child, 'line'), once(this.child, 'exit')]);
    }
    clearTimeout(timer);
    if (!this.saidReady) throw new Error(`${this.child.spawnargs.join(' ')} did not start:\n${this.log}`);
  }

  /** @returns its exit code; null when a signal ended it */
  async ended(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  /** Wakes it too: one that a test has stopped could not end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    this.child.kill('SIGCONT');
    return this.ended();
  }

  /** Closes its channel to us, as the system does when its supervisor dies. */
  loseSupervisor(): void {
    this.child.disconnect();
  }

  /** It has said that it is there, and has not ended since. */
  get isReady(): boolean {
    return this.saidReady && !this.hasEnded;
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private get saidReady(): boolean {
    return this.lines.some((line) => readyLine.test(line));
  }
}
