import type { WorkflowState } from '#contracts';
import { pruneJobsMax, splitActive } from '#engine';
import type {
  CancelledJob,
  Command,
  LabelsTarget,
  OrderTarget,
  OrderView,
  RetryChoice,
  RetryTouch,
  TransitionStore,
  TransitionTransaction,
} from '#engine';
import { listed, numbers, texts } from './array-literal.js';
import type { Database, Statement, Transaction } from './database.js';
import { storedFingerprint } from './fingerprint-column.js';
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

  rehearse<T>(partition: number, work: (tx: TransitionTransaction) => Promise<T>): Promise<T> {
    return this.database.rehearsal(
      'rehearsal',
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

  async view(workflowNo: string): Promise<OrderView> {
    type View = [id: string, state: WorkflowState, pausedAt: Date | null, tasks: ViewTask[]];
    const [row] = await this.open.run<View>(queries.orderView, [workflowNo]);
    if (!row) throw new Error(`workflow ${workflowNo} is not there any more`);
    const [id, state, pausedAt, tasks] = row;
    return {
      ...{ id, state, pausedAt: state === 'paused' ? (pausedAt?.toISOString() ?? null) : null },
      tasks: tasks.map(([label, total, waiting, finished, failed, ready, paused]) => ({
        ...{ label, paused, counts: splitActive({ total, waiting, finished, failed }, ready) },
      })),
    };
  }

  requestCancel(workflowNo: string): Promise<OrderTarget | null> {
    return this.order(queries.commandRequestCancel, workflowNo);
  }

  async pause(workflowNo: string): Promise<OrderTarget | null> {
    const target = await this.order(queries.pauseWorkflow, workflowNo);
    if (!target?.changed) return target;
    await this.mark(workflowNo, null);
    return target;
  }

  async pauseLabels(workflowNo: string, labels: readonly string[]): Promise<LabelsTarget | null> {
    const ordered = await this.orderLabels(queries.pauseTasks, { workflowNo, labels });
    if (!ordered) return null;
    if (ordered.target.changed) await this.mark(workflowNo, ordered.tasks);
    return ordered.target;
  }

  async resumeLabels(
    workflowNo: string,
    labels: readonly string[],
  ): Promise<(LabelsTarget & { classes: number[] }) | null> {
    const ordered = await this.orderLabels(queries.resumeTasks, { workflowNo, labels });
    if (!ordered) return null;
    const rows = ordered.target.changed ? await this.open.run<[number]>(queries.resumeJobs, [workflowNo]) : [];
    return { ...ordered.target, classes: rows.map(([classId]) => classId) };
  }

  private async orderLabels(
    statement: Statement,
    { workflowNo, labels }: { workflowNo: string; labels: readonly string[] },
  ): Promise<{ target: LabelsTarget; tasks: number[] } | null> {
    type Row = [WorkflowState, cancelRequested: boolean, tasks: number[], unknownLabels: string[]];
    const [row] = await this.open.run<Row>(statement, [workflowNo, labels]);
    if (!row) return null;
    const [state, cancelRequested, tasks, unknownLabels] = row;
    return { target: { state, cancelRequested, changed: tasks.length > 0, unknownLabels }, tasks };
  }

  /** Back-offs first: a release of some that is under way is waited for there, and what it made ready is marked then. */
  private async mark(workflowNo: string, tasks: readonly number[] | null): Promise<void> {
    await this.open.run(queries.pauseHeld, [workflowNo, tasks]);
    await this.open.run(queries.pauseReady, [workflowNo, tasks]);
  }

  async resume(workflowNo: string): Promise<(OrderTarget & { classes: number[] }) | null> {
    const target = await this.order(queries.resumeWorkflow, workflowNo);
    if (!target?.changed) return target && { ...target, classes: [] };
    const rows = await this.open.run<[number]>(queries.resumeJobs, [workflowNo]);
    return { ...target, classes: rows.map(([classId]) => classId) };
  }

  private async order(statement: Statement, workflowNo: string): Promise<OrderTarget | null> {
    const [row] = await this.open.run<[WorkflowState, boolean, boolean]>(statement, [workflowNo]);
    return row ? { state: row[0], cancelRequested: row[1], changed: row[2] } : null;
  }

  async reopen(workflowNo: string): Promise<number | null> {
    const [row] = await this.open.run<[number]>(queries.retryOpen, [workflowNo]);
    return row?.[0] ?? null;
  }

  async retryJobs(workflowNo: string, runNo: number, choice: RetryChoice): Promise<RetryTouch> {
    await this.open.run(queries.retryResetControl, [workflowNo]);
    const params = [
      ...[workflowNo, choice.labels && texts(choice.labels), choice.reasons && numbers(choice.reasons)],
      ...[choice.ordinals && numbers(choice.ordinals), runNo],
      ...[choice.exitCodes && numbers(choice.exitCodes), choice.sites && texts(choice.sites)],
      choice.fingerprints && numbers(choice.fingerprints.map((each) => storedFingerprint(each))),
    ];
    const rows: RetriedRow[] = [];
    for (let again = true; again;) {
      const round = await this.open.run<RetriedRow>(queries.retryJobs, params);
      rows.push(...round);
      again = round.some(([, , , , , , failedChildren]) => failedChildren > 0); // ends: each leaves its state
    }
    return touchOf(rows);
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

type ViewTask = [
  ...[label: string, total: number, waiting: number, finished: number, failed: number, ready: number],
  paused: boolean,
];

type RetriedRow = [
  label: string,
  task: number,
  ...[retried: number, unpruned: number, finishedAgain: number, failedAgain: number, failedChildren: number],
];

const nothingTouched = { retried: 0, unpruned: 0, finishedAgain: 0, failedAgain: 0 };

const byTask = ([, one]: RetriedRow, [, other]: RetriedRow): number => one - other;

/** Rounds may tell of one label again. */
function touchOf(rows: readonly RetriedRow[]): RetryTouch {
  const all = { ...nothingTouched };
  const labels = new Map<string, RetryTouch['tasks'][number]>();
  for (const [label, , retried, unpruned, finishedAgain, failedAgain] of [...rows].sort(byTask)) {
    const own = labels.get(label) ?? { label, ...nothingTouched };
    labels.set(label, own);
    for (const sum of [all, own]) {
      sum.retried += retried;
      sum.unpruned += unpruned;
      sum.finishedAgain += finishedAgain;
      sum.failedAgain += failedAgain;
    }
  }
  return { ...all, tasks: [...labels.values()] };
}
