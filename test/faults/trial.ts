import { join } from 'node:path';
import type { FaultLine, FaultPoint } from '#faultpoint';
import {
  makeTestFolder,
  MessageRecorder,
  mayMount,
  Random,
  startTestPostgres,
  TestStack,
  until,
  type RunningService,
  type SmallDisk,
  type StackShape,
  type TestPostgres,
} from '#test-kit';
import { noCounters, type Counters } from './counters.js';
import { type FaultRow, LeftOut } from './fault-row.js';
import { readFaultLog } from './fault-log.js';
import { Load, type LoadShape } from './load.js';
import { recoveryAfter } from './recovery.js';
import { TransactionWatch } from './transaction-watch.js';
import { judge, type Evidence } from './verdict.js';

export interface TrialShape extends Omit<StackShape, 'environmentOf' | 'postgres'> {
  /** FAULT of the first life of a service, by its name: `broker-1`. */
  faults?: Record<string, string>;
  /** FAULT of every life of a service until heal(). */
  lastingFaults?: Record<string, string>;
  /** For rows that stop, break or fill PostgreSQL: one of their own. */
  ownPostgres?: boolean;
  /** This part of the data of a PostgreSQL of their own is on a disk of its own, which they can fill: `smallDisk`. */
  onSmallDisk?: 'base' | 'pg_wal';
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
/** Room on a small disk beside what is there when the services start: enough until it is filled on purpose. */
const roomMib = 96;
/** More load than this does not make a fault likelier. */
const roundsMax = 20;
/** Longest that a killed service may be felt on a busy machine; the figure itself is printed. The promise is 5 s. */
export const recoverySecMax = 20;
const workerFlags = ['--cores', '4', '--sandbox', 'off', '--keep-folders', 'all'];

/** The processes that worked under one name, in one folder, one after the other. */
interface TrialWorker {
  name: string;
  lives: RunningService[];
}

/**
 * What one row of the fault suite works with: a system of real processes, which it starts in the shape that it needs, a
 * load on it, and the verdict at the end. Nothing of it outlives end().
 */
export class Trial {
  readonly random: Random;
  /** Figures that the row prints: seconds by what they are of. */
  readonly figures = new Map<string, number>();
  private readonly folder = makeTestFolder('trial');
  private readonly workers: TrialWorker[] = [];
  private running: TestStack | null = null;
  private recorder: MessageRecorder | null = null;
  private transactions: TransactionWatch | null = null;
  private driver: Load | null = null;
  /** Once it was judged. */
  private counted: Counters | null = null;
  private disk: SmallDisk | null = null;
  private readonly closers: (() => Promise<void>)[] = [];
  private isHealed = false;

  /**
   * @param sharedPostgres of all rows that leave it alone; each has a database of its own there.
   * @param verifyMode whether every transition is logged, but where a row says otherwise.
   */
  constructor(
    readonly seed: number,
    private readonly sharedPostgres: () => Promise<TestPostgres>,
    private readonly verifyMode: boolean,
  ) {
    this.random = new Random(seed);
  }

  /** The services, with servers and database of this trial. */
  get stack(): TestStack {
    if (!this.running) throw new Error('the trial has not started its services');
    return this.running;
  }

  /** Where a part of PostgreSQL's data is. */
  get smallDisk(): SmallDisk {
    if (!this.disk) throw new Error('the trial has all of its data on one disk');
    return this.disk;
  }

  /** Workflows as users send them. */
  get load(): Load {
    return (this.driver ??= new Load(this.stack, this.random));
  }

  /** Starts the services, every message seen. Workers are started by startWorker(). */
  async start({
    faults = {},
    lastingFaults = {},
    ownPostgres = false,
    onSmallDisk,
    ...shape
  }: TrialShape = {}): Promise<void> {
    const faultOf = (service: string, life: number): string | undefined =>
      (this.isHealed ? undefined : lastingFaults[service]) ?? (life === 1 ? faults[service] : undefined);
    const postgres = onSmallDisk
      ? await this.postgresOn(onSmallDisk)
      : ownPostgres
        ? null
        : await this.sharedPostgres();
    this.running = await TestStack.start({
      verifyMode: this.verifyMode,
      ...shape,
      ...(postgres ? { postgres } : {}),
      environmentOf: (service, life) => this.environmentOf(faultOf(service, life)),
    });
    this.transactions = new TransactionWatch(this.stack.database.url);
    this.recorder = await MessageRecorder.start(this.stack.nats.url, join(this.folder.path, 'messages.ndjson'));
  }

  async startWorker(
    name: string,
    { flags = [], fault, gateway, environment = {} }: WorkerShape = {},
  ): Promise<RunningService> {
    const worker = await this.stack.startWorker(name, [...workerFlags, ...flags], {
      gateway,
      environment: { ...environment, ...this.environmentOf(fault) },
    });
    const known = this.workers.find((each) => each.name === name);
    if (known) known.lives.push(worker);
    else this.workers.push({ name, lives: [worker] });
    return worker;
  }

  /** @param no of the workers, in the order in which they were started */
  workerPid(no: number): number {
    const worker = this.workers[no];
    const life = worker?.lives.at(-1);
    if (!life) throw new Error(`${this.workers.length} workers were started`);
    return life.pid;
  }

  /** Lasting faults are mended: the next lives of services are without, and these services begin one. */
  async heal(services: readonly string[]): Promise<void> {
    this.isHealed = true;
    const starts = services.map((name) => this.stack.service(name).starts);
    await Promise.all(services.map((name) => this.stack.service(name).kill()));
    const areBack = (): boolean =>
      services.every(
        (name, no) => this.stack.service(name).starts > (starts[no] ?? 0) && this.stack.service(name).isReady,
      );
    await until(`${services.join(' and ')} without the fault`, faultMs, areBack);
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
  async verdict({ transactionSecMax = 5 }: Pick<FaultRow, 'transactionSecMax'> = {}): Promise<Counters> {
    const { transactions } = this;
    if (!transactions) throw new Error('nobody looked for long transactions');
    this.figures.set('oldest transaction s', transactions.oldestSec);
    const { counters, faults } = await judge(this.evidence());
    this.counted = counters;
    faults.push(...transactions.faults(transactionSecMax));
    if (faults.length > 0) throw new Error(`not survived:\n${faults.join('\n')}`);
    return counters;
  }

  /** What the closing lines say of it; of a row that did not get as far as its verdict, what can be seen. */
  async counters(): Promise<Counters> {
    try {
      return this.counted ?? (await judge(this.evidence())).counters;
    } catch {
      return noCounters;
    }
  }

  private evidence(): Evidence {
    const { stack, load, recorder } = this;
    if (!recorder) throw new Error('nobody wrote down what was on the wire');
    const workers = this.workers.map(({ name, lives }) => ({ name, log: lives.map(({ log }) => log).join('\n') }));
    // One that died for good took its journal along, and what a gateway could not store stays unsettled.
    const reportsLost = this.workers.some(({ lives }) => lives.at(-1)?.isReady !== true);
    return { stack, acked: load.acked, workers, messageLog: recorder.log(), reportsLost };
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
    await this.recorder?.stop();
    await this.transactions?.stop();
    await this.running?.stop();
    for (const close of this.closers.reverse()) await close();
    this.folder.remove();
  }

  private async postgresOn(part: 'base' | 'pg_wal'): Promise<TestPostgres> {
    if (!mayMount()) throw new LeftOut('the right to mount a disk');
    const postgres = await startTestPostgres();
    this.onEnd(() => postgres.stop());
    this.disk = await postgres.holdOnSmallDisk(part, roomMib);
    return postgres;
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
