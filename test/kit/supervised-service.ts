import { setTimeout as sleep } from 'node:timers/promises';
import { RunningService } from './running-service.js';

/** As an orchestrator does: what ended by itself is started again after so long. */
const restartAfterMs = 1_000;

/** A service that is started again whenever its process ends, until it is stopped. */
export class SupervisedService {
  private readonly lives: RunningService[] = [];
  private stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  private constructor(
    readonly name: string,
    private readonly launch: (life: number) => RunningService,
  ) {}

  /** Returns when its first life is ready. @param launch told which life it is, from 1 */
  static async start(name: string, launch: (life: number) => RunningService): Promise<SupervisedService> {
    const service = new SupervisedService(name, launch);
    await service.startAgain();
    return service;
  }

  /** After stop(): returns when it is ready. */
  async startAgain(): Promise<void> {
    const life = this.launch(this.starts + 1);
    this.lives.push(life);
    await life.becomesReady();
    this.stopping = new AbortController();
    this.watching = this.watch(life, this.stopping.signal);
  }

  /** How often it was started. */
  get starts(): number {
    return this.lives.length;
  }

  /** Of its present process. */
  get pid(): number {
    return this.current.pid;
  }

  /** Whether its present process serves. */
  get isReady(): boolean {
    return this.current.isReady;
  }

  /** The log of all its lives. */
  get log(): string {
    return this.lives.map(({ log }) => log).join('\n--- started again\n');
  }

  /** The end of its present process, and of no later one. */
  kill(): Promise<number | null> {
    return this.current.stop('SIGKILL');
  }

  /** When its present process ends it is not started again: as a machine that does not come back. */
  leaveDead(): void {
    this.stopping.abort();
  }

  /** SIGTERM to its present process; it is not started again. @returns its exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.stopping.abort();
    await this.watching;
    return this.current.stop(signal);
  }

  private get current(): RunningService {
    const last = this.lives.at(-1);
    if (!last) throw new Error(`${this.name} was never started`);
    return last;
  }

  private async watch(first: RunningService, signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    for (let life = first; ; this.lives.push(life)) {
      await Promise.race([life.ended(), stopped]);
      await sleep(restartAfterMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      life = this.launch(this.starts + 1);
    }
  }
}
