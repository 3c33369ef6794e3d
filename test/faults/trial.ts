import { join } from 'node:path';
import type { FaultLine, FaultPoint } from '#faultpoint';
import {
  makeTestFolder,
  Random,
  TestStack,
  until,
  type RunningService,
  type StackShape,
  type TestPostgres,
} from '#test-kit';
import type { Counters } from './counters.js';
import { readFaultLog } from './fault-log.js';
import { Load, type LoadShape } from './load.js';
import { recoveryAfter } from './recovery.js';
import { judge } from './verdict.js';

export interface TrialShape extends Omit<StackShape, 'environmentOf' | 'postgres'> {
  /** FAULT of the first life of a service, by its name: `broker-1`. */
  faults?: Record<string, string>;
  /** For rows that stop, break or fill PostgreSQL: one of their own. */
  ownPostgres?: boolean;
}

export interface WorkerShape {
  /** More flags of `sluice worker`. */
  flags?: readonly string[];
  /** FAULT. */
  fault?: string;
  gateway?: number;
  environment?: Record<string, string>;
}

/** Within so long a load has ended that no fault holds up: a busy machine needs its time. */
const drainMs = 180_000;
const faultMs = 90_000;
/** More load than this does not make a fault likelier. */
const roundsMax = 20;
/** Longest that a killed service may be felt on a busy machine; the figure itself is printed. The promise is 5 s. */
export const recoverySecMax = 20;
const workerFlags = ['--cores', '4', '--sandbox', 'off', '--keep-folders', 'all'];

/**
 * What one row of the fault suite works with: a system of real processes, which it starts in the shape that it needs, a
 * load on it, and the verdict at the end. Nothing of it outlives end().
 */
export class Trial {
  readonly random: Random;
  /** Figures that the row prints: seconds by what they are of. */
  readonly figures = new Map<string, number>();
  private readonly folder = makeTestFolder('trial');
  private readonly workers: RunningService[] = [];
  private running: TestStack | null = null;
  private driver: Load | null = null;
  private readonly closers: (() => Promise<void>)[] = [];

  /** @param sharedPostgres of all rows that leave it alone; each has a database of its own there. */
  constructor(
    readonly seed: number,
    private readonly sharedPostgres: () => Promise<TestPostgres>,
  ) {
    this.random = new Random(seed);
  }

  /** The services, with servers and database of this trial. */
  get stack(): TestStack {
    if (!this.running) throw new Error('the trial has not started its services');
    return this.running;
  }

  /** Workflows as users send them. */
  get load(): Load {
    return (this.driver ??= new Load(this.stack, this.random));
  }

  /** Starts the services. Workers are started by startWorker(). */
  async start({ faults = {}, ownPostgres = false, ...shape }: TrialShape = {}): Promise<void> {
    this.running = await TestStack.start({
      ...shape,
      ...(ownPostgres ? {} : { postgres: await this.sharedPostgres() }),
      environmentOf: (service, life) => (life === 1 ? this.environmentOf(faults[service]) : {}),
    });
  }

  async startWorker(
    name: string,
    { flags = [], fault, gateway, environment = {} }: WorkerShape = {},
  ): Promise<RunningService> {
    const worker = await this.stack.startWorker(name, [...workerFlags, ...flags], {
      gateway,
      environment: { ...environment, ...this.environmentOf(fault) },
    });
    this.workers.push(worker);
    return worker;
  }

  /** @param no of the workers, in the order in which they were started */
  workerPid(no: number): number {
    const worker = this.workers[no];
    if (!worker) throw new Error(`${this.workers.length} workers were started`);
    return worker.pid;
  }

  /** Faults that processes of this trial did to themselves so far. */
  get faultsSeen(): FaultLine[] {
    return readFaultLog(this.faultLog);
  }

  /** Waits until a process has failed where it was told to. */
  async faultAt(point: FaultPoint): Promise<FaultLine> {
    const seen = (): FaultLine | undefined => this.faultsSeen.find((line) => line.point === point);
    await until(`the fault at ${point}`, faultMs, () => seen() !== undefined);
    const line = seen();
    if (!line) throw new Error(`the fault log lost ${point}`);
    return line;
  }

  /** Sends workflows until a process has failed where it was told to: not every one of them passes that process. */
  async loadUntilFault(point: FaultPoint, load: LoadShape = {}): Promise<FaultLine> {
    await this.load.run(load);
    const seen = (): boolean => this.faultsSeen.some((line) => line.point === point);
    for (let round = 0; round < roundsMax && !seen(); round += 1) await this.load.run({ ...load, workflows: 2 });
    return this.faultAt(point);
  }

  /** Waits until all is quiet: every acknowledged workflow has ended, nothing is leased, every event is told. */
  async drain(): Promise<void> {
    const { acked } = this.load;
    const ids = acked.map(({ id }) => id);
    let left = '';
    const isQuiet = async (): Promise<boolean> => {
      const [row] = await this.stack.rows<{ workflows: string[]; leased: number; events: number }>(quietText, [ids]);
      if (!row) return false;
      left = JSON.stringify(row);
      return row.workflows.length + row.leased + row.events === 0;
    };
    await until('all is quiet', drainMs, isQuiet).catch((cause: unknown) => {
      throw new Error(`not quiet: ${left}`, { cause });
    });
  }

  /** Call it when all is quiet. @throws with a sentence for each thing that is wrong */
  async verdict(): Promise<Counters> {
    const { stack, load } = this;
    const workerLogs = this.workers.map(({ log }) => log);
    const { counters, faults } = await judge({ stack, acked: load.acked, workerLogs });
    if (faults.length > 0) throw new Error(`not survived:\n${faults.join('\n')}`);
    return counters;
  }

  /**
   * Notes how long a fault was felt by those it did not kill. Call it when all is quiet.
   * @throws when it was felt for longer than even a busy machine explains
   */
  async noteRecovery({ atMs }: Pick<FaultLine, 'atMs'>): Promise<void> {
    const { settleSec, leaseSec } = await recoveryAfter(this.stack, atMs);
    for (const [what, sec] of [['settled', settleSec] as const, ['leased', leaseSec] as const]) {
      if (sec === null) continue;
      this.figures.set(`${what} again after s`, sec);
      if (sec > recoverySecMax) throw new Error(`nothing was ${what} for ${sec.toFixed(1)} s`);
    }
  }

  /** Has something closed that the row opened, after every process has ended. */
  onEnd(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** Ends every process, and removes what they left. */
  async end(): Promise<void> {
    await this.driver?.close();
    await this.running?.stop();
    for (const close of this.closers.reverse()) await close();
    this.folder.remove();
  }

  private get faultLog(): string {
    return join(this.folder.path, 'faults.ndjson');
  }

  private environmentOf(fault: string | undefined): Record<string, string> {
    return fault === undefined ? {} : { FAULT: fault, FAULT_LOG: this.faultLog };
  }
}

const quietText = `
  select
    array(select public_id from workflow where public_id = any ($1) and ended_at is null) as workflows,
    (select coalesce(sum(open), 0)::int from lease) as leased,
    (select count(*)::int from outbox where confirmed_at is null) as events`;
