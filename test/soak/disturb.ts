import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningService, TestStack } from '#test-kit';
import type { Trial } from '../faults/trial.js';

/** A stopped process is woken after so long: below every term, and above. */
const stopMs = { min: 500, max: 8_000 } as const;
const workerNames = ['one', 'two'];

/** Does random harm to a trial, and tells what it did. */
export class Disturber {
  /** What was done, and how often. */
  readonly done = new Map<string, number>();
  private readonly workers = new Map<string, RunningService>();

  constructor(
    private readonly trial: Trial,
    private readonly services: readonly string[],
  ) {}

  async startWorkers(): Promise<void> {
    for (const name of workerNames) this.workers.set(name, await this.trial.startWorker(name));
  }

  /** One fault; returns when what it ended is about to be there again. */
  async disturb(): Promise<void> {
    const { stack, random } = this.trial;
    const faults: [string, () => Promise<unknown>][] = [
      ['a service killed', () => stack.service(random.pick(this.services)).kill()],
      ['a service stopped', () => this.stopService(stack)],
      ['a worker killed', () => this.killWorker()],
      ['a worker stopped', () => this.pause(this.workers.get(random.pick(workerNames))?.pid)],
      ['NATS killed', () => stack.nats.restart({ wiped: false, killed: true })],
      ['NATS wiped', () => stack.nats.restart({ wiped: true, killed: true })],
      ['PostgreSQL restarted', () => stack.postgres.restart('fast')],
      ['PostgreSQL cut off', () => stack.postgres.restart('immediate')],
      [
        'NATS wiped amid a service stopped',
        () => Promise.all([stack.nats.restart({ wiped: true, killed: true }), this.stopService(stack)]),
      ],
    ];
    const [what, harm] = random.pick(faults);
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
    await harm();
  }

  private stopService(stack: TestStack): Promise<void> {
    return this.pause(stack.service(this.trial.random.pick(this.services)).pid);
  }

  private async pause(pid: number | undefined): Promise<void> {
    if (pid === undefined) return;
    signal(pid, 'SIGSTOP');
    await sleep(this.trial.random.between(stopMs.min, stopMs.max));
    signal(pid, 'SIGCONT');
  }

  private async killWorker(): Promise<void> {
    const name = this.trial.random.pick(workerNames);
    await this.workers.get(name)?.stop('SIGKILL');
    this.workers.set(name, await this.startAgain(name));
  }

  /** As its supervisor would: also while the gateway is away. */
  private async startAgain(name: string): Promise<RunningService> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.trial.startWorker(name);
      } catch (fault) {
        if (tries === 10) throw fault;
        await sleep(1_000);
      }
    }
  }
}

function signal(pid: number, what: NodeJS.Signals): void {
  try {
    process.kill(pid, what);
  } catch {
    // It has ended meanwhile.
  }
}
