import type { CancelCause, FailedBy, JobView, SiteState, WorkflowState, WorkflowSummary } from '#contracts';
import type { RetryRule, VisibleSpaces } from '#core';
import {
  type ClosedSite,
  type JobSnapshot,
  type JobStep,
  type ReadStore,
  type ReadyClass,
  type RootFailure,
  splitActive,
  type UnmetParents,
  type UploadHeader,
  type WorkerKind,
  type OwnedWorkflow,
  type WorkflowSnapshot,
} from '#engine';
import { classOf, type ClassRow } from './class-row.js';
import { instant, reasonOf, stateOf } from './code-words.js';
import type { Reads } from './database.js';
import { shownFingerprint } from './fingerprint-column.js';
import * as queries from './generated/queries.js';
import { JobReader } from './job-reader.js';
import { offerOf, type OfferRow } from './offer-row.js';
import { peakCounts } from './peak-counts.js';
import { conditionColumns } from './workflow-conditions.js';

type FailureRow = [reason: number, jobs: number];
type TaskRow = [
  label: string,
  state: WorkflowState,
  total: number,
  waiting: number,
  finished: number,
  failed: number,
  ready: number,
  held: number,
  pausedReady: number,
  askedMib: number,
  nextMib: number,
  peaks: string | null,
  pausedMs: number | null,
  heldMs: number | null,
  lastHeldMs: number | null,
  pausedBy: string | null,
];
type WorkerRow = [...OfferRow, workers: number, holding: number];

/** With statistics older than the workflow the planner would pass through all of its jobs for every name. */
const onePass = 'set local plan_cache_mode = force_custom_plan; set local enable_nestloop = off';

/** Reads of people and programs, on the database whose statements PostgreSQL plans freely. */
export class PostgresReadStore implements ReadStore {
  private readonly jobReader: JobReader;

  constructor(private readonly database: Reads) {
    this.jobReader = new JobReader(database);
  }

  async uploadHeader(id: string): Promise<{ header: UploadHeader; outputPrefix: string | null } | null> {
    const [row] = await this.database.run<[UploadHeader, string | null]>(queries.readUploadHeader, [id]);
    return row ? { header: row[0], outputPrefix: row[1] } : null;
  }

  async workflowsByPrefix(prefix: string, rows: number, visible: VisibleSpaces): Promise<OwnedWorkflow[]> {
    return (await this.database.run<OwnedRow>(queries.readWorkflowByPrefix, [prefix, rows, visible])).map(ownedOf);
  }

  async workflowByName(name: string, visible: VisibleSpaces): Promise<OwnedWorkflow | null> {
    return firstOwned(await this.database.run<OwnedRow>(queries.readWorkflowByName, [name, visible]));
  }

  async workflowsByPattern(
    pattern: string,
    rows: number,
    visible: VisibleSpaces,
  ): Promise<(OwnedWorkflow & { name: string })[]> {
    type Match = [...OwnedRow, name: string];
    const matches = await this.database.run<Match>(queries.readWorkflowByPattern, [pattern, rows, visible]);
    return matches.map(([no, id, space, issuer, subject, name]) => ({
      ...ownedOf([no, id, space, issuer, subject]),
      name,
    }));
  }

  async workflowLast(before: number, visible: VisibleSpaces): Promise<OwnedWorkflow | null> {
    return firstOwned(await this.database.run<OwnedRow>(queries.readWorkflowLast, [before, visible]));
  }

  async workflowPage(query: Parameters<ReadStore['workflowPage']>[0]): Promise<WorkflowSummary[]> {
    const { limit, cursor, name, state, visible, conditions = null } = query;
    type Page = [
      ...[id: string, name: string, state: WorkflowState, submittedAt: Date | null, endedAt: Date | null],
      ...[total: number, waiting: number, finished: number, failed: number, ready: number, failures: FailureRow[]],
    ];
    const params = [cursor ?? null, name ?? null, state ?? null, limit, ...conditionColumns(conditions), visible];
    const rows = await this.database.run<Page>(queries.readWorkflowPage, params);
    return rows.map(
      ([id, workflowName, workflowState, submittedAt, endedAt, total, waiting, finished, failed, ...rest]) => ({
        ...{ id, name: workflowName, state: workflowState },
        counts: splitActive({ total, waiting, finished, failed }, rest[0]),
        failedBy: failedByOf(rest[1]),
        submittedAt: instant(submittedAt),
        endedAt: instant(endedAt),
      }),
    );
  }

  async workflow(id: string, visible: VisibleSpaces): Promise<WorkflowSnapshot | null> {
    type Snapshot = [
      ...[id: string, name: string, state: WorkflowState, submittedAt: Date | null, endedAt: Date | null],
      ...[runNo: number, space: string, owner: string, cancelRequested: boolean],
      ...[tasks: TaskRow[], failures: [string, ...FailureRow][], ready: [string, number, number][]],
      ...[needs: ClassRow[], workers: WorkerRow[], pausedAt: Date | null, pausedBy: string | null],
      ...[archivedAt: Date | null, place: string | null, deadLetters: number, oldestLetterAt: Date | null],
      ...[deadlineAt: Date | null, cancelCause: CancelCause | null, timeoutSec: number | null],
    ];
    const [row] = await this.database.run<Snapshot>(queries.readWorkflow, [id, visible]);
    if (!row) return null;
    const [, name, state, submittedAt, endedAt, runNo, space, owner, cancelRequested, ...lists] = row;
    const [tasks, failures, ready, needs, workers, pausedAt, pausedBy, archivedAt, place, total, oldestAt, ...policy] =
      lists;
    const [deadlineAt, cancelCause, timeoutSec] = policy;
    return {
      ...{ id, name, state, runNo, space, owner, cancelRequested },
      submittedAt: instant(submittedAt),
      endedAt: instant(endedAt),
      pausedAt: state === 'paused' ? instant(pausedAt) : null,
      pausedBy: pausedBy ?? '',
      archived: archivedAt && { at: archivedAt.toISOString(), place },
      deadLetters: oldestAt && { total, oldestAt: oldestAt.toISOString() },
      deadlineAt: instant(deadlineAt),
      ...{ cancelCause, timeoutSec },
      tasks: tasks.map(taskOf),
      failedBy: failuresByLabel(failures),
      ready: ready.map(([label, classId, jobs]) => ({ label, classId, jobs })),
      needs: new Map(needs.map(classById)),
      workers: workers.map(workerKindOf),
    };
  }

  async classNeeds(classIds: readonly number[]): Promise<ReadonlyMap<number, ReadyClass>> {
    return new Map(
      (await this.database.run<[ClassRow]>(queries.readClasses, [classIds])).map(([row]) => classById(row)),
    );
  }

  async workerKinds(): Promise<WorkerKind[]> {
    return (await this.database.run<WorkerRow>(queries.readWorkers)).map(workerKindOf);
  }

  async closedSites(): Promise<ReadonlyMap<string, ClosedSite>> {
    const rows = await this.database.run<[string, SiteState, string, string, Date]>(queries.readClosedSites);
    return new Map(rows.map(([name, state, note, by, at]) => [name, { state, note, by, since: at.toISOString() }]));
  }

  jobs(step: JobStep): Promise<JobView[]> {
    return this.jobReader.read(step);
  }

  async jobByName({
    workflowNo,
    name,
    label,
  }: {
    workflowNo: string;
    name: string;
    label?: string;
  }): Promise<number | null> {
    const [row] = await this.database.run<[number]>(queries.readJobByName, [workflowNo, name, label ?? null]);
    return row?.[0] ?? null;
  }

  async jobsNamed(workflowNo: string, names: readonly string[]): Promise<number[][]> {
    const found: number[][] = names.map(() => []);
    const rows = await this.database.transaction('jobs named', async (tx) => {
      await tx.command(onePass);
      return tx.run<[string, number]>(queries.readJobsNamed, [workflowNo, names]);
    });
    for (const [no, ordinal] of rows) found[Number(no) - 1]?.push(ordinal);
    return found;
  }

  async job(workflowNo: string, ordinal: number): Promise<JobSnapshot | null> {
    type Job = [
      ...[name: string, label: string, state: number, reason: number, attempt: number, parentsLeft: number],
      ...[classId: number, workflowState: WorkflowState, cancelRequested: boolean, heldMs: number | null],
      ...[site: string | null, worker: string | null, leasedMs: number | null],
      ...[exitCode: number | null, message: string | null, workflow: string, pausedAt: Date | null],
      ...[fingerprint: string | null, labelPausedAt: Date | null, lastReason: number | null, signal: string | null],
      ...[triesUsed: number, retries: number, infraUsed: number, infraRetries: number, rules: RetryRule[] | null],
      ...[ownPausedAt: Date | null, firstBackoffSec: number],
      ...[pausedBy: string | null, labelPausedBy: string | null, ownPausedBy: string | null],
    ];
    const [row] = await this.database.run<Job>(queries.readJob, [workflowNo, ordinal]);
    if (!row) return null;
    const [name, label, state, reason, attempt, parentsLeft, classId, workflowState, cancelRequested, ...rest] = row;
    const [heldMs, site, worker, leasedMs, exitCode, message, workflow, pausedAt, fingerprint, labelPausedAt, ...last] =
      rest;
    const [
      lastReason,
      signal,
      triesUsed,
      retries,
      infraUsed,
      infraRetries,
      rules,
      ownPausedAt,
      firstBackoffSec,
      ...by
    ] = last;
    const [pausedBy, labelPausedBy, ownPausedBy] = by;
    return {
      ...{ ordinal, name, label, attempt, parentsLeft, classId, workflowState, cancelRequested, heldMs },
      ...{ site, worker, leasedMs, exitCode, message, workflow, pausedAt: instant(pausedAt) },
      ...{ labelPausedAt: instant(labelPausedAt), ownPausedAt: instant(ownPausedAt) },
      ...{ pausedBy: pausedBy ?? '', labelPausedBy: labelPausedBy ?? '', ownPausedBy: ownPausedBy ?? '' },
      retry: { triesUsed, retries, infraUsed, infraRetries, rules: rules ?? [], backoffSec: firstBackoffSec },
      lastReason: lastReason === null ? null : reasonOf(lastReason),
      signal,
      fingerprint: fingerprint && shownFingerprint(fingerprint),
      state: stateOf(state),
      reason: reasonOf(reason),
    };
  }

  async unmetParents(job: { workflowNo: string; ordinal: number; rows: number }): Promise<UnmetParents> {
    type Parent = [total: number, ordinal: number, name: string, label: string, state: number, reason: number];
    const rows = await this.database.run<Parent>(queries.readParents, [job.workflowNo, job.ordinal, job.rows]);
    return {
      total: rows[0]?.[0] ?? 0,
      first: rows.map(([, , name, label, state, reason]) => ({
        ...{ name, label },
        state: stateOf(state),
        reason: reasonOf(reason),
      })),
    };
  }

  async rootFailure(workflowNo: string, ordinal: number): Promise<RootFailure | null> {
    type Root = [string, string, number, number | null, string | null, string | null];
    const [row] = await this.database.run<Root>(queries.readRootFailure, [workflowNo, ordinal]);
    if (!row) return null;
    const [name, label, reason, exitCode, message, fingerprint] = row;
    return {
      ...{ name, label, exitCode, message, fingerprint: fingerprint && shownFingerprint(fingerprint) },
      reason: reasonOf(reason),
    };
  }
}

type OwnedRow = [workflowNo: string, id: string, space: string, issuer: string, subject: string];

const ownedOf = ([workflowNo, id, space, issuer, subject]: OwnedRow): OwnedWorkflow => {
  return { workflowNo, id, space, owner: { issuer, subject } };
};
const firstOwned = ([row]: OwnedRow[]): OwnedWorkflow | null => (row ? ownedOf(row) : null);

/** Rows of several tasks may tell of the same reason. */
function failedByOf(failures: readonly FailureRow[]): FailedBy {
  const failedBy: FailedBy = {};
  for (const [code, jobs] of failures) {
    const reason = reasonOf(code);
    if (reason) failedBy[reason] = (failedBy[reason] ?? 0) + jobs;
  }
  return failedBy;
}

const classById = (row: ClassRow): [number, ReadyClass] => [row.id, classOf(row)];

const workerKindOf = (row: WorkerRow): WorkerKind => ({
  ...offerOf(row.slice(0, -2) as OfferRow),
  workers: row.at(-2) as number,
  holding: row.at(-1) as number,
});

function failuresByLabel(failures: readonly [string, ...FailureRow][]): Map<string, FailedBy> {
  const byLabel = new Map<string, FailureRow[]>();
  for (const [label, reason, jobs] of failures) byLabel.set(label, [...(byLabel.get(label) ?? []), [reason, jobs]]);
  return new Map([...byLabel].map(([label, rows]) => [label, failedByOf(rows)]));
}

function taskOf([
  label,
  state,
  total,
  waiting,
  finished,
  failed,
  ready,
  held,
  pausedReady,
  askedMib,
  nextMib,
  peaks,
  pausedMs,
  heldMs,
  lastHeldMs,
  pausedBy,
]: TaskRow): WorkflowSnapshot['tasks'][number] {
  const counts = splitActive({ total, waiting, finished, failed }, ready + held);
  const pausedAt = pausedMs === null ? null : new Date(pausedMs).toISOString();
  const backOff = heldMs === null || lastHeldMs === null ? null : { fromMs: heldMs, untilMs: lastHeldMs };
  return {
    label,
    state,
    counts,
    pausedReady,
    pausedAt,
    pausedBy: pausedBy ?? '',
    held: backOff,
    memory: { askedMib, nextMib, peaks: peakCounts(peaks) },
  };
}
