import { pruneJobsMax } from '#engine';
import type {
  AppliedAttempts,
  AttemptColumns,
  AttemptPolicy,
  ClassVariant,
  EndedJob,
  InHandStep,
  OpenJobs,
  ReadyClass,
  Released,
  ReportCount,
  SettleRecord,
  SettleStore,
  SettleTransaction,
  TaskEvidence,
  TaskPeak,
  TaskRef,
  WorkerOffer,
} from '#engine';
import { booleans, listed, numbers, texts } from './array-literal.js';
import { classOf, type ClassRow } from './class-row.js';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';
import { attemptPolicies, type FailedRow } from './failed-attempts.js';
import { storedFingerprint } from './fingerprint-column.js';
import { advanceInHand } from './in-hand-store.js';
import { offerOf, type OfferRow } from './offer-row.js';
import { peakCounts } from './peak-counts.js';
import { partitionLock } from './partition-lock.js';
import { isTooLong } from './store-fault.js';

/** Most labels remembered; a label never changes. */
const labelsMax = 20_000;

/** How much one transaction, and one statement, may do. */
export interface ReleaseLimits {
  pruneJobsMax: number;
  /** Children of one job that one statement counts down, where all at once take longer than a statement may. */
  childrenMax: number;
}

/** What takes a few seconds each. */
export const usualLimits: ReleaseLimits = { pruneJobsMax, childrenMax: 100_000 };

/** NUL can't be stored in text; it is shown as the symbol for it. */
const storable = (text: string | null): string | null => text && text.replaceAll('\0', '\u2400');

/** Nothing at all for a column in which nothing stands: most batches have no failure in them. */
const orNone = <V>(values: (V | null)[]): (V | null)[] => (values.some((value) => value !== null) ? values : []);

/** Settling in PostgreSQL: the statements of sql/queries/settle, in one transaction under the partition's lock. */
export class PostgresSettleStore implements SettleStore {
  private readonly labels = new Map<string, string>();

  /** @param limits for tests */
  constructor(
    private readonly database: Database,
    private readonly limits: ReleaseLimits = usualLimits,
  ) {}

  /**
   * What was cut off for its length is done again at once, the children in parts: it would come again for ever, and take as
   * long each time. The ordinary settle pays nothing for that.
   */
  async settle<T>(partition: number, work: (tx: SettleTransaction) => Promise<T>): Promise<T> {
    try {
      return await this.settleOnce(partition, work, { ...this.limits, childrenMax: Infinity });
    } catch (fault) {
      if (!isTooLong(fault)) throw fault;
      return this.settleOnce(partition, work, this.limits);
    }
  }

  private settleOnce<T>(
    partition: number,
    work: (tx: SettleTransaction) => Promise<T>,
    limits: ReleaseLimits,
  ): Promise<T> {
    return this.database.transaction(
      'settle',
      (tx) => work(new PostgresSettleTransaction(tx, this.labels, limits)),
      partitionLock(partition),
    );
  }
}

/** Also used by other transitions under a partition's lock: cancel, retry, prune. */
export class PostgresSettleTransaction implements SettleTransaction {
  constructor(
    private readonly tx: Transaction,
    private readonly labelCache: Map<string, string>,
    private readonly limits: ReleaseLimits,
  ) {}

  get pruneJobsMax(): number {
    return this.limits.pruneJobsMax;
  }

  async readAttempts(jobs: { workflowNo: string[]; ordinal: number[] }): Promise<Map<number, AttemptPolicy>> {
    const rows = await this.tx.run<FailedRow>(queries.settleReadAttempts, [
      numbers(jobs.workflowNo),
      numbers(jobs.ordinal),
    ]);
    return attemptPolicies(rows, jobs.workflowNo);
  }

  async outputPrefixes(workflowNos: readonly string[]): Promise<Map<string, string>> {
    return new Map(await this.tx.run<[string, string]>(queries.settleOutputPrefixes, [numbers(workflowNos)]));
  }

  async endAttempts(c: AttemptColumns): Promise<AppliedAttempts> {
    if (c.ordinal.length === 0) return { events: [], tasks: [], runNos: [], limits: [] };
    const [row] = await this.tx.run<[unknown, unknown, unknown, unknown]>(queries.settleAttempts, [
      numbers(c.leases.id),
      texts(c.leases.token),
      numbers(c.workflowNo),
      numbers(c.ordinal),
      numbers(c.attempt),
      numbers(c.leaseNo),
      numbers(c.nextState),
      numbers(c.reason),
      numbers(c.tries),
      numbers(c.infra),
      numbers(c.outcome),
      numbers(c.exitCode),
      numbers(c.startedAtMs),
      numbers(c.endedAtMs),
      numbers(c.cpuSec),
      numbers(c.peakMemoryMib),
      numbers(c.batchNo),
      texts(c.message.map(storable)),
      texts(c.outputs),
      texts(c.batchIds),
      texts(orNone(c.signal)),
      numbers(orNone(c.fingerprint.map(storedFingerprint))),
      numbers(orNone(c.allowedMib)),
    ]);
    return {
      events: listed(row?.[0]).map((no) => no - 1),
      tasks: listed(row?.[1]),
      runNos: listed(row?.[2]),
      limits: listed(row?.[3]),
    };
  }

  async findDuplicates(c: AttemptColumns, events: number[]): Promise<Set<number>> {
    const pick = <V>(values: V[]): V[] => events.map((position) => values[position] as V);
    const rows = await this.tx.run<[string]>(queries.settleVerdicts, [
      numbers(pick(c.workflowNo)),
      numbers(pick(c.ordinal)),
      numbers(pick(c.attempt)),
      numbers(pick(c.leaseNo).map((no) => c.leases.id[no - 1] ?? null)),
      texts(pick(c.leaseNo).map((no) => c.leases.token[no - 1] ?? null)),
      numbers(pick(c.reason)),
    ]);
    return new Set(rows.flatMap(([no]) => events[Number(no) - 1] ?? []));
  }

  async reviveLost(c: AttemptColumns, events: number[]): Promise<number[]> {
    const found = await this.tx.run<[string, number]>(queries.settleLateUnhold, [
      ...this.attemptKeys(c, events),
      texts(events.map((position) => c.leases.token[(c.leaseNo[position] ?? 0) - 1] ?? null)),
    ]);
    if (found.length === 0) return [];
    const late = found.map(([no, task]) => ({ position: events[Number(no) - 1] ?? -1, task }));
    await this.tx.command('set local enable_hashjoin = on; set local plan_cache_mode = force_custom_plan');
    await this.tx.run(queries.settleLateUnready, [
      numbers(late.map(({ position }) => c.workflowNo[position] ?? null)),
      numbers(late.map(({ task }) => task)),
      numbers(late.map(({ position }) => c.ordinal[position] ?? null)),
    ]);
    await this.tx.command('set local enable_hashjoin = off; set local plan_cache_mode = force_generic_plan');
    const positions = late.map(({ position }) => position).sort((a, b) => a - b);
    const rows = await this.tx.run<[string]>(queries.settleLateRevive, this.attemptKeys(c, positions));
    return rows.flatMap(([no]) => positions[Number(no) - 1] ?? []);
  }

  /** Workflow, ordinal, attempt and lease of some events. */
  private attemptKeys(c: AttemptColumns, events: number[]): string[] {
    return [
      numbers(events.map((position) => c.workflowNo[position] ?? null)),
      numbers(events.map((position) => c.ordinal[position] ?? null)),
      numbers(events.map((position) => c.attempt[position] ?? null)),
      numbers(events.map((position) => c.leases.id[(c.leaseNo[position] ?? 0) - 1] ?? null)),
    ];
  }

  async release(ended: EndedJob[]): Promise<Released[]> {
    const ids = [numbers(ended.map((job) => job.workflowNo)), numbers(ended.map((job) => job.ordinal))];
    const prunes = ended.some((job) => job.code !== 3);
    const rows = prunes
      ? await this.tx.run<ReleasedRow>(queries.settlePrune, [
          ...ids,
          numbers(ended.map((job) => job.code)),
          this.pruneJobsMax,
        ])
      : await this.countDown(ids);
    return rows.map(([workflowNo, task, classId, what, jobs, ordinals, priority, queued]) => {
      const ready = queuedRows(queued).map((row) => ({ ...row, classId, priority: priority ?? 0, workflowNo, task }));
      return { workflowNo, task, classId, what, jobs, ordinals: listed(ordinals), ready };
    });
  }

  /** The same child may stand in several parts: it is counted down in each, and freed in the last. */
  private async countDown(ids: string[]): Promise<ReleasedRow[]> {
    const { childrenMax } = this.limits;
    if (childrenMax === Infinity) return this.tx.run<ReleasedRow>(queries.settleRelease, [...ids, null, null]);
    const [row] = await this.tx.run<[number]>(queries.settleWidest, ids);
    const rows: ReleasedRow[] = [];
    for (let from = 1; from <= (row?.[0] ?? 0); from += childrenMax) {
      rows.push(...(await this.tx.run<ReleasedRow>(queries.settleRelease, [...ids, from, from + childrenMax - 1])));
    }
    return rows;
  }

  async finishBarriers(
    barriers: { workflowNo: string; ordinal: number }[],
  ): Promise<(TaskRef & { ordinal: number })[]> {
    const rows = await this.tx.run<[string, number, number, number]>(queries.settleBarriers, [
      numbers(barriers.map((barrier) => barrier.workflowNo)),
      numbers(barriers.map((barrier) => barrier.ordinal)),
    ]);
    return rows.map(([workflowNo, ordinal, task]) => ({ workflowNo, ordinal, task }));
  }

  async readPlaces(classIds: number[]): Promise<{ classes: ReadonlyMap<number, ReadyClass>; workers: WorkerOffer[] }> {
    const classes = await this.tx.run<[ClassRow]>(queries.readClasses, [numbers(classIds)]);
    const workers = await this.tx.run<[...OfferRow, number]>(queries.readWorkers);
    return {
      classes: new Map(classes.map(([row]) => [row.id, classOf(row)])),
      workers: workers.map((row) => offerOf(row.slice(0, -1) as OfferRow)),
    };
  }

  async makeClasses(variants: readonly ClassVariant[]): Promise<void> {
    await this.tx.run(queries.settleClassVariants, [
      numbers(variants.map((variant) => variant.classId)),
      texts(variants.map((variant) => variant.key)),
      texts(variants.map((variant) => columnsOf(variant.differs))),
    ]);
  }

  async giveClasses(jobs: readonly { workflowNo: string; ordinal: number; key: string }[]): Promise<void> {
    await this.tx.run(queries.settleOwnClasses, [
      numbers(jobs.map((job) => job.workflowNo)),
      numbers(jobs.map((job) => job.ordinal)),
      texts(jobs.map((job) => job.key)),
    ]);
  }

  async countPeaks(peaks: readonly TaskPeak[]): Promise<(TaskRef & { before: number; now: number })[]> {
    const rows = await this.tx.run<[string, number, number, number]>(queries.settlePeaks, [
      numbers(peaks.map((peak) => peak.workflowNo)),
      numbers(peaks.map((peak) => peak.task)),
      numbers(peaks.map((peak) => peak.peakMib)),
      numbers(peaks.map((peak) => peak.jobs)),
    ]);
    return rows.map(([workflowNo, task, before, now]) => ({ workflowNo, task, before, now }));
  }

  async readEvidence(tasks: readonly TaskRef[]): Promise<TaskEvidence[]> {
    const rows = await this.tx.run<[string, number, string, number, string, number, string]>(queries.settleEvidence, [
      numbers(tasks.map((task) => task.workflowNo)),
      numbers(tasks.map((task) => task.task)),
    ]);
    return rows.map(([workflowNo, task, resources, classId, classKey, memoryMib, peaks]) => ({
      ...{ workflowNo, task, resources, classId, classKey, memoryMib },
      peaks: peakCounts(peaks),
    }));
  }

  async learn(tasks: readonly (TaskRef & { key: string })[]): Promise<void> {
    await this.tx.run(queries.settleLearn, [
      numbers(tasks.map((task) => task.workflowNo)),
      numbers(tasks.map((task) => task.task)),
      texts(tasks.map((task) => task.key)),
    ]);
  }

  async requeue(jobs: (TaskRef & { ordinal: number; delaySec: number })[]): Promise<number[]> {
    const rows = await this.tx.run<[number]>(queries.settleRequeue, [
      numbers(jobs.map((job) => job.workflowNo)),
      numbers(jobs.map((job) => job.ordinal)),
      numbers(jobs.map((job) => job.task)),
      numbers(jobs.map((job) => job.delaySec)),
    ]);
    return rows.map(([classId]) => classId);
  }

  async record(partition: number, record: SettleRecord): Promise<TaskRef[]> {
    const { tasks, failures, events, batches } = record;
    if (tasks.length + events.length + batches.length === 0) return [];
    const rows = await this.tx.run<[string, number]>(queries.settleRecord, [
      numbers(tasks.map((task) => task.workflowNo)),
      numbers(tasks.map((task) => task.task)),
      numbers(tasks.map((task) => task.unwaiting)),
      numbers(tasks.map((task) => task.finished)),
      numbers(tasks.map((task) => task.failed)),
      numbers(tasks.map((task) => task.runMs)),
      numbers(tasks.map((task) => task.runs)),
      numbers(failures.map((failure) => failure.workflowNo)),
      numbers(failures.map((failure) => failure.task)),
      numbers(failures.map((failure) => failure.reason)),
      numbers(failures.map((failure) => failure.jobs)),
      partition,
      numbers(events.map((event) => event.workflowNo)),
      texts(events.map((event) => event.type)),
      texts(events.map((event) => event.body)),
      texts(batches.map((batch) => batch.batchId)),
      numbers(batches.map((batch) => batch.session)),
      numbers(batches.map((batch) => batch.events)),
      texts(batches.map((batch) => numbers(batch.duplicate))),
      texts(batches.map((batch) => numbers(batch.stale))),
    ]);
    return rows.map(([workflowNo, task]) => ({ workflowNo, task }));
  }

  async countReports(partition: number, counts: readonly ReportCount[]): Promise<void> {
    await this.tx.run(queries.settleCountReports, [
      partition,
      numbers(counts.map(({ session }) => session)),
      numbers(counts.map(({ late }) => late)),
      numbers(counts.map(({ duplicate }) => duplicate)),
      numbers(counts.map(({ stale }) => stale)),
    ]);
  }

  advanceInHand(step: InHandStep): Promise<void> {
    return advanceInHand(this.tx, step);
  }

  async labels(tasks: TaskRef[]): Promise<Map<string, string>> {
    const missing = tasks.filter((task) => !this.labelCache.has(`${task.workflowNo}:${task.task}`));
    if (missing.length > 0) {
      const rows = await this.tx.run<[string, number, string, string, number, string, string, number]>(
        queries.leaseTasks,
        [numbers(missing.map((task) => task.workflowNo)), numbers(missing.map((task) => task.task))],
      );
      if (this.labelCache.size > labelsMax) this.labelCache.clear();
      for (const [workflowNo, task, , , , label] of rows) this.labelCache.set(`${workflowNo}:${task}`, label);
    }
    return this.labelCache;
  }

  async openJobs(workflowNos: string[]): Promise<OpenJobs[]> {
    const rows = await this.tx.run<OpenJobsRow>(queries.settleOpenJobs, [numbers(workflowNos)]);
    return rows.map(
      ([
        workflowNo,
        open,
        finished,
        failed,
        cancelled,
        finalOrdinal,
        finalWhen,
        finalState,
        finalTask,
        cancelRequested,
        failFast,
        state,
      ]) => {
        return {
          ...{ workflowNo, open, finished, failed, cancelled, finalOrdinal, finalWhen, finalState, finalTask },
          ...{ cancelRequested, failFast, state },
        };
      },
    );
  }

  async endTasks(tasks: TaskRef[]): Promise<{ workflowNo: string; label: string; state: string }[]> {
    const rows = await this.tx.run<[string, string, string]>(queries.settleEndTasks, [
      numbers(tasks.map((task) => task.workflowNo)),
      numbers(tasks.map((task) => task.task)),
    ]);
    return rows.map(([workflowNo, label, state]) => ({ workflowNo, label, state }));
  }

  async endWorkflows(workflows: { workflowNo: string; state: string }[]): Promise<string[]> {
    const rows = await this.tx.run<[string]>(queries.settleEndWorkflows, [
      numbers(workflows.map((workflow) => workflow.workflowNo)),
      texts(workflows.map((workflow) => workflow.state)),
    ]);
    return rows.map(([workflowNo]) => workflowNo);
  }

  async releaseFinalJobs(
    jobs: { workflowNo: string; ordinal: number; run: boolean }[],
  ): Promise<(TaskRef & { classId: number | null })[]> {
    const rows = await this.tx.run<[string, number, number | null]>(queries.settleFinalJob, [
      numbers(jobs.map((job) => job.workflowNo)),
      numbers(jobs.map((job) => job.ordinal)),
      booleans(jobs.map((job) => job.run)),
    ]);
    return rows.map(([workflowNo, task, classId]) => ({ workflowNo, task, classId }));
  }

  async failFast(workflowNos: string[]): Promise<string[]> {
    const rows = await this.tx.run<[string]>(queries.settleFailFast, [numbers(workflowNos)]);
    return rows.map(([workflowNo]) => workflowNo);
  }

  async unqueue(workflowNo: string): Promise<number[]> {
    await this.tx.run(queries.resumeAll, [workflowNo, '']);
    await this.tx.run(queries.cancelUnhold, [workflowNo]);
    await this.tx.run(queries.cancelUnready, [workflowNo]);
    const rows = await this.tx.run<[number]>(queries.resumeJobs, [workflowNo]);
    return rows.map(([classId]) => classId);
  }

  async leaveRest(workflowNo: string): Promise<void> {
    await this.tx.run(queries.commandAdd, [workflowNo, 'prune', '{}']);
  }
}

/** What differs between classes, by column, as JSON text. */
const columnsOf = ({ memoryMib, avoidSites }: ClassVariant['differs']): string =>
  JSON.stringify({ memory_mib: memoryMib, avoid_sites: avoidSites });

type ReleasedRow = [string, number, number, Released['what'], number, string | null, number?, (string | null)?];

/** `id:jobs,id:jobs`: a prune does not say its own. */
function queuedRows(text: string | null = null): { id: string; jobs: number }[] {
  if (text === null) return [];
  return text.split(',').map((row) => {
    const [id = '', jobs = ''] = row.split(':');
    return { id, jobs: Number(jobs) };
  });
}
type OpenJobsRow = [
  string,
  number,
  number,
  number,
  number,
  number | null,
  'always' | 'success' | null,
  number | null,
  number | null,
  boolean,
  boolean,
  string,
];
