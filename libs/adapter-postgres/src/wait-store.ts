import type { LimitKind, LimitView } from '#contracts';
import type { VisibleSpaces } from '#core';
import type {
  ClosedSite,
  JobReadiness,
  LimitHolder,
  LimitName,
  OpenWait,
  PastPause,
  PastWait,
  ReadyClass,
  RecordedWait,
  WaitReadStore,
  WaitRecordStore,
  WorkerKind,
} from '#engine';
import { classOf, type ClassRow } from './class-row.js';
import type { Database, Reads } from './database.js';
import * as queries from './generated/queries.js';
import { PostgresLimitStore } from './limit-store.js';
import { PostgresReadStore } from './read-store.js';

/** Brokers that did not look for so long were away: what they saw last is not known to have lasted. */
const awaySec = 60;
/** Leases looked at for who holds a limit and when room comes; holders that are named. */
const leasesMax = 2_000;
const holdersMax = 3;
/** Days that the record is kept, and rows removed at once. */
const keepDays = 30;
const forgetRows = 10_000;
/** Most pauses told of one job. */
const pausesMax = 1_000;

/** The record of waits, and the facts that it is made of. */
export class PostgresWaitStore implements WaitReadStore, WaitRecordStore {
  private readonly reads: PostgresReadStore;
  private readonly limitStore: PostgresLimitStore;

  /** @param asked what reads of one workflow go by; the rest is about all spaces */
  constructor(
    private readonly database: Database,
    private readonly asked: Reads = database,
  ) {
    this.reads = new PostgresReadStore(database);
    this.limitStore = new PostgresLimitStore(database);
  }

  async isReady(): Promise<boolean> {
    const [row] = await this.database.run<[boolean]>(queries.waitIsReady);
    return row?.[0] ?? false;
  }

  async ready(): Promise<{ readyClass: ReadyClass; jobs: number }[]> {
    const rows = await this.database.run<[ClassRow, number]>(queries.waitReady);
    return rows.map(([row, jobs]) => ({ readyClass: classOf(row), jobs }));
  }

  workerKinds(): Promise<WorkerKind[]> {
    return this.reads.workerKinds();
  }

  limits(): Promise<LimitView[]> {
    return this.limitStore.list({ visible: null, subject: '' });
  }

  closedSites(): Promise<ReadonlyMap<string, ClosedSite>> {
    return this.reads.closedSites();
  }

  async takeLook(periodSec: number): Promise<boolean> {
    return (await this.database.run<[boolean]>(queries.waitTakeLook, [periodSec, awaySec])).length > 0;
  }

  async open(): Promise<OpenWait[]> {
    const rows = await this.database.run<[number, string, string]>(queries.waitOpen);
    return rows.map(([classId, cause, subject]) => ({ classId, cause, subject }));
  }

  async change(ended: readonly number[], begun: readonly RecordedWait[]): Promise<void> {
    await this.database.transaction('record of waits', async (tx) => {
      if (ended.length > 0) await tx.run(queries.waitEnd, [ended]);
      if (begun.length === 0) return;
      await tx.run(queries.waitBegin, [
        begun.map(({ classId }) => classId),
        begun.map(({ cause }) => cause),
        begun.map(({ subject }) => subject),
        begun.map(({ told }) => told),
        begun.map(({ detail }) => JSON.stringify(detail)),
      ]);
    });
  }

  async forget(): Promise<void> {
    await this.database.run(queries.waitForget, [keepDays, forgetRows]);
    await this.database.run(queries.waitForgetPauses, [keepDays, forgetRows]);
  }

  async readiness({ workflowNo, ordinal }: { workflowNo: string; ordinal: number }): Promise<JobReadiness | null> {
    type Row = [
      ...[readyAt: Date | null, classIds: number[], retriedAt: Date[], now: Date, submittedAt: Date],
      ...[parent: string | null, parentLabel: string | null],
    ];
    const [row] = await this.asked.run<Row>(queries.waitOfJob, [workflowNo, ordinal]);
    if (!row) return null;
    const [readyAt, classIds, retriedAt, now, submittedAt, name, label] = row;
    return {
      readyMs: readyAt?.getTime() ?? null,
      classIds,
      retriedMs: retriedAt.map((at) => at.getTime()),
      nowMs: now.getTime(),
      submittedMs: submittedAt.getTime(),
      lastParent: name === null || label === null ? null : { name, label },
    };
  }

  async pauses(span: { workflowNo: string; ordinal: number; fromMs: number; untilMs: number }): Promise<PastPause[]> {
    type Row = [PastPause['about'], label: string, Date, Date | null, pausedBy: string, resumedBy: string];
    const { workflowNo, ordinal, fromMs, untilMs } = span;
    const params = [workflowNo, ordinal, new Date(fromMs), new Date(untilMs), pausesMax];
    const rows = await this.asked.run<Row>(queries.waitPauses, params);
    return rows.map(([about, label, fromAt, untilAt, pausedBy, resumedBy]) => ({
      ...{ about, label, pausedBy, resumedBy, fromMs: fromAt.getTime(), untilMs: untilAt?.getTime() ?? null },
    }));
  }

  async past(span: { classIds: readonly number[]; fromMs: number; untilMs: number }): Promise<PastWait[]> {
    type Row = [number, Date, Date | null, string, string, string, Record<string, unknown>];
    const { classIds, fromMs, untilMs } = span;
    const params = [classIds, new Date(fromMs), new Date(untilMs)];
    const rows = await this.database.run<Row>(queries.waitOfClass, params);
    return rows.map(([classId, fromAt, untilAt, cause, subject, told, detail]) => ({
      ...{ classId, cause, subject, told, detail, fromMs: fromAt.getTime(), untilMs: untilAt?.getTime() ?? null },
    }));
  }

  async holders({ kind, name }: LimitName, visible: VisibleSpaces): Promise<LimitHolder[]> {
    const params: [LimitKind, string, number, number, VisibleSpaces] = [kind, name, leasesMax, holdersMax, visible];
    const rows = await this.asked.run<[string, string, string, number]>(queries.waitHolders, params);
    return rows.map(([workflow, workflowName, owner, jobs]) => ({ workflow, name: workflowName, owner, jobs }));
  }

  async nextFreeSec(sites: readonly string[]): Promise<number | null> {
    const [row] = await this.database.run<[number | null]>(queries.waitNextFree, [sites, leasesMax]);
    return row?.[0] ?? null;
  }
}
