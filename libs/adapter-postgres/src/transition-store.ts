import type { CancelCause, Counts, WorkflowState } from '#contracts';
import { splitActive } from '#engine';
import type {
  CancelledJobs,
  ChosenClass,
  Command,
  LabelsTarget,
  OpenChoice,
  Orderer,
  OrderTarget,
  OrderView,
  QueuedOver,
  RetryChoice,
  RetryTouch,
  TransitionStore,
  TransitionTransaction,
} from '#engine';
import { listed, numbers, texts } from './array-literal.js';
import { bulkTime, type Database, type Statement, type Transaction } from './database.js';
import { storedFingerprint } from './fingerprint-column.js';
import * as queries from './generated/queries.js';
import { partitionLock } from './partition-lock.js';
import { queuedOver, type QuotaOwner } from './quota-store.js';
import { PostgresSettleTransaction, usualLimits, type ReleaseLimits } from './settle-store.js';

/** Workflows over their time that are told of at once. */
const overdueMax = 100;

/** Commands of users and of our own: the statements of sql/queries/command, under the partition's lock. */
export class PostgresTransitionStore implements TransitionStore {
  private readonly labels = new Map<string, string>();

  /** @see PostgresSettleStore */
  constructor(
    private readonly database: Database,
    private readonly limits: ReleaseLimits = usualLimits,
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
      `${bulkTime}; ${partitionLock(partition)}`,
    );
  }

  rehearse<T>(partition: number, work: (tx: TransitionTransaction) => Promise<T>): Promise<T> {
    return this.database.rehearsal(
      'rehearsal',
      (tx) => work(new PostgresTransitionTransaction(tx, this.labels, this.limits)),
      `${bulkTime}; ${partitionLock(partition)}`,
    );
  }

  async releaseHeld(): Promise<{ classes: number[]; nextSec: number | null }> {
    const [row] = await this.database.run<[string | null, number | null]>(queries.releaseHeld);
    return { classes: listed(row?.[0]), nextSec: row?.[1] ?? null };
  }

  async overdue(partitions: readonly number[]): Promise<{ workflowNos: string[]; nextSec: number | null }> {
    const [row] = await this.database.run<[string | null, number | null]>(queries.deadlineDue, [
      partitions,
      overdueMax,
    ]);
    return { workflowNos: row?.[0]?.split(',') ?? [], nextSec: row?.[1] ?? null };
  }
}

class PostgresTransitionTransaction extends PostgresSettleTransaction implements TransitionTransaction {
  constructor(
    private readonly open: Transaction,
    labels: Map<string, string>,
    limits: ReleaseLimits,
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
  ): Promise<CancelledJobs> {
    return cancelledJobs(await this.open.run<CancelledRow>(queries.cancelJobs, [workflowNo, jobsMax, spareFinal]));
  }

  async target(workflowNo: string): Promise<OrderTarget | null> {
    const [row] = await this.open.run<[WorkflowState, boolean]>(queries.orderTarget, [workflowNo]);
    return row ? { state: row[0], cancelRequested: row[1], changed: false } : null;
  }

  async chooseOpen(workflowNo: string, choice: OpenChoice, jobsMax: number): Promise<number[]> {
    const { labels, states, ordinals, sites, reasons, exitCodes, fingerprints, paused, except } = choice;
    const rows = await this.open.run<[number]>(queries.chooseOpen, [
      ...[workflowNo, labels && texts(labels), states && numbers(states), ordinals && numbers(ordinals)],
      ...[sites && texts(sites), reasons && numbers(reasons), exitCodes && numbers(exitCodes)],
      ...[fingerprints && numbers(fingerprints.map((each) => storedFingerprint(each))), jobsMax, paused],
      texts(except),
    ]);
    return rows.map(([ordinal]) => ordinal);
  }

  async countOpen(workflowNo: string, ordinals: readonly number[]): Promise<{ label: string; counts: Counts }[]> {
    type Row = [label: string, waiting: number, ready: number, leased: number];
    const rows = await this.open.run<Row>(queries.countOpen, [workflowNo, numbers(ordinals)]);
    return rows.map(([label, waiting, ready, leased]) => {
      return { label, counts: { total: waiting + ready + leased, waiting, ready, leased, finished: 0, failed: 0 } };
    });
  }

  async pauseJobs(workflowNo: string, ordinals: readonly number[], { by }: Orderer): Promise<void> {
    await this.open.run(queries.pauseJobs, [workflowNo, numbers(ordinals), by]);
    await this.sortJobs(workflowNo, ordinals);
  }

  async resumeJobs(workflowNo: string, ordinals: readonly number[], { by }: Orderer): Promise<number[]> {
    await this.open.run(queries.resumeThese, [workflowNo, numbers(ordinals), by]);
    return this.sortJobs(workflowNo, ordinals);
  }

  /** Back-offs first, as in mark(). */
  private async sortJobs(workflowNo: string, ordinals: readonly number[]): Promise<number[]> {
    const params = [workflowNo, numbers(ordinals)];
    await this.open.run(queries.sortHeld, params);
    return (await this.open.run<[number]>(queries.sortReady, params)).map(([classId]) => classId);
  }

  async unqueueJobs(workflowNo: string, ordinals: readonly number[]): Promise<void> {
    await this.open.run(queries.cancelUnholdJobs, [workflowNo, numbers(ordinals)]);
    await this.open.run(queries.cancelUnqueueJobs, [workflowNo, numbers(ordinals)]);
  }

  async cancelThese(
    workflowNo: string,
    { ordinals, states }: { ordinals: readonly number[]; states: readonly number[] },
  ): Promise<CancelledJobs> {
    const params = [workflowNo, numbers(ordinals), numbers(states)];
    return cancelledJobs(await this.open.run<CancelledRow>(queries.cancelThese, params));
  }

  async cancelCountDown(workflowNo: string, ordinals: number[]): Promise<void> {
    await this.open.run(queries.cancelCountDown, [workflowNo, numbers(ordinals)]);
  }

  async view(workflowNo: string): Promise<OrderView> {
    type View = [id: string, state: WorkflowState, pausedAt: Date | null, tasks: ViewTask[], pausedJobs: number];
    const [row] = await this.open.run<View>(queries.orderView, [workflowNo]);
    if (!row) throw new Error(`workflow ${workflowNo} is not there any more`);
    const [id, state, pausedAt, tasks, pausedJobs] = row;
    return {
      ...{ id, state, pausedJobs, pausedAt: state === 'paused' ? (pausedAt?.toISOString() ?? null) : null },
      tasks: tasks.map(([label, total, waiting, finished, failed, ready, paused]) => ({
        ...{ label, paused, counts: splitActive({ total, waiting, finished, failed }, ready) },
      })),
    };
  }

  requestCancel(workflowNo: string, cause: CancelCause | null): Promise<OrderTarget | null> {
    return this.order(queries.commandRequestCancel, [workflowNo, cause]);
  }

  async pause(workflowNo: string, { by }: Orderer): Promise<OrderTarget | null> {
    const target = await this.order(queries.pauseWorkflow, [workflowNo, by]);
    if (!target?.changed) return target;
    await this.mark(workflowNo, null);
    return target;
  }

  async pauseLabels(workflowNo: string, labels: readonly string[], { by }: Orderer): Promise<LabelsTarget | null> {
    const ordered = await this.orderLabels(queries.pauseTasks, { workflowNo, labels, by });
    if (!ordered) return null;
    if (ordered.target.changed) await this.mark(workflowNo, ordered.tasks);
    return ordered.target;
  }

  async resumeLabels(
    workflowNo: string,
    labels: readonly string[],
    { by }: Orderer,
  ): Promise<(LabelsTarget & { classes: number[] }) | null> {
    const ordered = await this.orderLabels(queries.resumeTasks, { workflowNo, labels, by });
    if (!ordered) return null;
    return { ...ordered.target, classes: ordered.target.changed ? await this.giveBack(workflowNo) : [] };
  }

  private async orderLabels(
    statement: Statement,
    { workflowNo, labels, by }: { workflowNo: string; labels: readonly string[] } & Orderer,
  ): Promise<{ target: LabelsTarget; tasks: number[] } | null> {
    type Row = [WorkflowState, cancelRequested: boolean, tasks: number[], unknownLabels: string[]];
    const [row] = await this.open.run<Row>(statement, [workflowNo, labels, by]);
    if (!row) return null;
    const [state, cancelRequested, tasks, unknownLabels] = row;
    return { target: { state, cancelRequested, changed: tasks.length > 0, unknownLabels }, tasks };
  }

  /** Back-offs first: a release of some that is under way is waited for there, and what it made ready is marked then. */
  private async mark(workflowNo: string, tasks: readonly number[] | null): Promise<void> {
    await this.open.run(queries.pauseHeld, [workflowNo, tasks]);
    await this.open.run(queries.pauseReady, [workflowNo, tasks]);
  }

  async resume(workflowNo: string, { by }: Orderer): Promise<(OrderTarget & { classes: number[] }) | null> {
    const target = await this.order(queries.resumeWorkflow, [workflowNo, by]);
    return target && { ...target, classes: target.changed ? await this.giveBack(workflowNo) : [] };
  }

  async resumeAll(workflowNo: string, { by }: Orderer): Promise<(OrderTarget & { classes: number[] }) | null> {
    const target = await this.order(queries.resumeAll, [workflowNo, by]);
    return target && { ...target, classes: target.changed ? await this.giveBack(workflowNo) : [] };
  }

  private async giveBack(workflowNo: string): Promise<number[]> {
    return (await this.open.run<[number]>(queries.resumeJobs, [workflowNo])).map(([classId]) => classId);
  }

  private async order(statement: Statement, params: (string | null)[]): Promise<OrderTarget | null> {
    const [row] = await this.open.run<[WorkflowState, boolean, boolean]>(statement, params);
    return row ? { state: row[0], cancelRequested: row[1], changed: row[2] } : null;
  }

  async reopen(workflowNo: string): Promise<number | null> {
    const [row] = await this.open.run<[number]>(queries.retryOpen, [workflowNo]);
    return row?.[0] ?? null;
  }

  async retryJobs(
    workflowNo: string,
    runNo: number,
    choice: RetryChoice,
  ): Promise<{ touch: RetryTouch; chosen: number[] }> {
    await this.open.run(queries.retryResetControl, [workflowNo]);
    const params = [
      ...[workflowNo, choice.labels && texts(choice.labels), choice.reasons && numbers(choice.reasons)],
      ...[choice.ordinals && numbers(choice.ordinals), runNo],
      ...[choice.exitCodes && numbers(choice.exitCodes), choice.sites && texts(choice.sites)],
      choice.fingerprints && numbers(choice.fingerprints.map((each) => storedFingerprint(each))),
      choice.tellJobs,
    ];
    const rows: RetriedRow[] = [];
    const barriers: number[] = [];
    for (let again = true; again;) {
      const round = await this.open.run<RetriedRow>(queries.retryJobs, [
        ...[...params, numbers(barriers), texts(choice.except)],
      ]);
      rows.push(...round);
      barriers.push(...round.flatMap(([, , , , , , , , ordinals]) => listed(ordinals)));
      again = round.some(([, , , , , , failedChildren]) => failedChildren > 0); // ends: each leaves its state
    }
    return { touch: touchOf(rows), chosen: rows.flatMap(([, , , , , , , ordinals]) => listed(ordinals)) };
  }

  async queuedOver(workflowNo: string, jobs: number): Promise<QueuedOver | null> {
    const [capped] = await this.open.run<QuotaOwner>(queries.quotaOfWorkflow, [workflowNo]);
    return capped ? queuedOver(this.open, capped, jobs) : null;
  }

  async chosenClasses(workflowNo: string, ordinals: number[]): Promise<ChosenClass[]> {
    const rows = await this.open.run<[string, number, string, number, number]>(queries.retryClasses, [
      workflowNo,
      numbers(ordinals),
    ]);
    return rows.map(([label, classId, classKey, memoryMib, jobs]) => ({ label, classId, classKey, memoryMib, jobs }));
  }

  async moveClasses(workflowNo: string, ordinals: number[], moves: { classId: number; key: string }[]): Promise<void> {
    await this.open.run(queries.retryMoveClasses, [
      workflowNo,
      numbers(ordinals),
      numbers(moves.map((move) => move.classId)),
      texts(moves.map((move) => move.key)),
    ]);
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

type CancelledRow = [number, number, number, number, string | null, number, string | null];

const cancelledJobs = (rows: CancelledRow[]): CancelledJobs => ({
  jobs: rows.map(([ordinal, task, state, attempt, session]) => ({ ordinal, task, state, attempt, session })),
  limits: listed(rows[0]?.[6]),
});

type ViewTask = [
  ...[label: string, total: number, waiting: number, finished: number, failed: number, ready: number],
  paused: boolean,
];

type RetriedRow = [
  label: string,
  task: number,
  ...[retried: number, unpruned: number, finishedAgain: number, failedAgain: number, failedChildren: number],
  ...[chosen: string | null, chosenBarriers: string | null],
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
