import { pruneJobsMax } from '#engine';
import type { CancelledJob, Command, RetryChoice, RetryCounts, TransitionStore, TransitionTransaction } from '#engine';
import { listed, numbers, texts } from './array-literal.js';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';
import { partitionLock } from './partition-lock.js';
import { PostgresSettleTransaction, type PruneLimits } from './settle-store.js';

/** Commands of users and of our own: the statements of sql/queries/command, under the partition's lock. */
export class PostgresTransitionStore implements TransitionStore {
  private readonly labels = new Map<string, string>();

  /** @see PostgresSettleStore */
  constructor(
    private readonly database: Database,
    private readonly limits: PruneLimits = { pruneJobsMax },
  ) {}

  async nextCommands(partitions: number[], besides: string[] = []): Promise<Command[]> {
    const rows = await this.database.run<[string, string, number, Command['kind'], string]>(queries.commandNext, [
      numbers(partitions),
      numbers(besides),
    ]);
    return rows.map(([id, workflowNo, partition, kind, args]) => ({ id, workflowNo, partition, kind, args }));
  }

  step<T>(partition: number, work: (tx: TransitionTransaction) => Promise<T>): Promise<T> {
    return this.database.transaction(
      'transition',
      (tx) => work(new PostgresTransitionTransaction(tx, this.labels, this.limits)),
      partitionLock(partition),
    );
  }

  async releaseHeld(): Promise<{ classes: number[]; nextSec: number | null }> {
    const [row] = await this.database.run<[string | null, number | null]>(queries.releaseHeld);
    return { classes: listed(row?.[0]), nextSec: row?.[1] ?? null };
  }
}

class PostgresTransitionTransaction extends PostgresSettleTransaction implements TransitionTransaction {
  constructor(
    private readonly open: Transaction,
    labels: Map<string, string>,
    limits: PruneLimits,
  ) {
    super(open, labels, limits);
  }

  async planFreely(): Promise<void> {
    const settings = ['hashjoin = on', 'mergejoin = on', 'seqscan = on'].map(
      (setting) => `set local enable_${setting}`,
    );
    await this.open.command([...settings, 'set local plan_cache_mode = force_custom_plan'].join('; '));
  }

  async cancelJobs(
    workflowNo: string,
    { jobsMax, spareFinal }: { jobsMax: number; spareFinal: boolean },
  ): Promise<CancelledJob[]> {
    const rows = await this.open.run<[number, number, number, number, string | null, number]>(queries.cancelJobs, [
      workflowNo,
      jobsMax,
      spareFinal,
    ]);
    return rows.map(([ordinal, task, state, attempt, session]) => ({ ordinal, task, state, attempt, session }));
  }

  async cancelCountDown(workflowNo: string, ordinals: number[]): Promise<void> {
    await this.open.run(queries.cancelCountDown, [workflowNo, numbers(ordinals)]);
  }

  async reopen(workflowNo: string): Promise<number | null> {
    const [row] = await this.open.run<[number]>(queries.retryOpen, [workflowNo]);
    return row?.[0] ?? null;
  }

  async retryJobs(workflowNo: string, runNo: number, choice: RetryChoice): Promise<RetryCounts> {
    await this.open.run(queries.retryUncancel, [workflowNo]);
    const counts: RetryCounts = { retried: 0, unpruned: 0, again: 0 };
    const choices = [
      choice.labels && texts(choice.labels),
      choice.reasons && numbers(choice.reasons),
      choice.ordinals && numbers(choice.ordinals),
    ];
    for (let failedAgain = 1; failedAgain > 0;) {
      const [row] = await this.open.run<[number, number, number, number]>(queries.retryJobs, [
        workflowNo,
        ...choices,
        runNo,
      ]);
      const [retried = 0, unpruned = 0, again = 0, failed = 0] = row ?? [];
      counts.retried += retried;
      counts.unpruned += unpruned;
      counts.again += again;
      failedAgain = failed; // ends: each round takes failed jobs out of their state
    }
    return counts;
  }

  async wakeRetried(workflowNo: string): Promise<{ classes: number[]; barriers: number[] }> {
    await this.open.run(queries.retryParents, [workflowNo]);
    const rows = await this.open.run<[number, number, string | null]>(queries.retryReady, [workflowNo]);
    return {
      classes: rows.flatMap(([classId, kind]) => (kind === 0 ? classId : [])),
      barriers: rows.flatMap(([, , ordinals]) => listed(ordinals)),
    };
  }

  async recount(workflowNo: string): Promise<void> {
    await this.open.run(queries.recountTasks, [workflowNo]);
    await this.open.run(queries.recountFailures, [workflowNo]);
  }

  async openBarriers(workflowNo: string): Promise<number[]> {
    const rows = await this.open.run<[number]>(queries.sealOpenBarriers, [workflowNo]);
    return rows.map(([ordinal]) => ordinal);
  }

  async pruneLeft(workflowNo: string, rowsMax: number): Promise<number[]> {
    const rows = await this.open.run<[number]>(queries.pruneLeft, [workflowNo, rowsMax]);
    return rows.map(([ordinal]) => ordinal);
  }

  async finish(commandId: string, result: Record<string, unknown>): Promise<void> {
    await this.open.run(queries.commandDone, [commandId, JSON.stringify(result)]);
  }
}
