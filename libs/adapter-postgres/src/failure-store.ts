import { errorGroupsMax, groupSitesMax } from '#contracts';
import type { AttemptRow, FailureStore, FoundGroups, GroupRow } from '#engine';
import { instant, outcomeOf, reasonOf } from './code-words.js';
import type { Reads, Transaction } from './database.js';
import { shownFingerprint, storedFingerprint } from './fingerprint-column.js';
import * as queries from './generated/queries.js';
import { filterColumns, JobReader } from './job-reader.js';

type GroupColumns = [
  ...[groups: number, jobs: number, pruned: number, cancelled: number],
  ...[no: number | null, fingerprint: string, members: number, firstAt: Date, lastAt: Date],
  ...[sites: [string, number][], ordinal: number, every: number],
];
type SampleColumns = [
  ...[fingerprint: string, name: string, label: string, reason: number],
  ...[exitCode: number | null, signal: string | null, message: string | null],
];
type AttemptColumns = [
  ...[attempt: number, runNo: number, outcome: number | null, reason: number],
  ...[exitCode: number | null, signal: string | null],
  ...[site: string | null, worker: string | null, workDir: string | null],
  ...[leasedAt: Date, startedAt: Date | null, endedAt: Date | null, settledAt: Date | null],
  ...[cpuSec: number | null, peakMemoryMib: number | null, message: string | null, fingerprint: string | null],
  ...[allowedMib: number, uncharged: boolean, outputs: string | null],
];

/** Few failures are looked up one by one. Many are passed through once: with statistics older than the workflow the planner
 * would look up a million of them one by one too. Planned anew, since the choice is ours. */
const custom = 'set local plan_cache_mode = force_custom_plan';
const passThrough = `${custom}; set local enable_nestloop = off; set local work_mem = '64MB'`;

/** The few are looked for and counted as of one moment: else one that fails in between is in no group. */
const oneSnapshot = 'set transaction isolation level repeatable read';

/** Failures in PostgreSQL, on the database whose statements PostgreSQL plans freely. */
export class PostgresFailureStore implements FailureStore {
  private readonly jobs: JobReader;

  constructor(private readonly database: Reads) {
    this.jobs = new JobReader(database);
  }

  async groups({
    workflowNo,
    groupsMax,
    after = null,
    ...filter
  }: Parameters<FailureStore['groups']>[0]): Promise<FoundGroups> {
    const tasks = filter.labels === undefined ? null : await this.jobs.tasksOf(workflowNo, filter.labels);
    const { reasons, exitCodes, sites, fingerprints, ordinals, except } = filterColumns(filter);
    const find = async (tx: Transaction): Promise<GroupColumns[]> => {
      const few = await this.jobs.failedOrdinals({ workflowNo }, tx);
      await tx.command(few ? custom : passThrough);
      return tx.run<GroupColumns>(queries.readErrorGroups, [
        ...[workflowNo, tasks, reasons, exitCodes, sites, fingerprints, ordinals],
        ...[Math.min(groupsMax, errorGroupsMax), groupSitesMax, few, except],
        ...[after?.jobs ?? null, after?.every ?? null, after && storedFingerprint(after.fingerprint)],
      ]);
    };
    const rows = await this.database.transaction('error groups', find, oneSnapshot);
    const [groupsTotal = 0, groupedJobs = 0, pruned = 0, cancelled = 0] = rows[0] ?? [];
    const samples = await this.samples(workflowNo, rows.filter(hasGroup));
    const groups = rows.filter(hasGroup).flatMap((row) => groupOf(row, samples.get(row[5])));
    return { groupsTotal, groupedJobs, pruned, cancelled, groups };
  }

  private async samples(workflowNo: string, rows: readonly GroupColumns[]): Promise<Map<string, SampleColumns>> {
    const params = [workflowNo, rows.map(([, , , , , fingerprint]) => fingerprint), rows.map((row) => row[10])];
    const samples = await this.database.run<SampleColumns>(queries.readGroupSamples, params);
    return new Map(samples.map((sample) => [sample[0], sample]));
  }

  async attempts(job: Parameters<FailureStore['attempts']>[0]): Promise<AttemptRow[]> {
    const params = [job.workflowNo, job.ordinal, job.rows, job.before ?? null];
    const rows = await this.database.run<AttemptColumns>(queries.readAttempts, params);
    return rows.map(attemptOf).reverse();
  }
}

const hasGroup = (row: GroupColumns): boolean => row[4] !== null;

function groupOf(row: GroupColumns, sample: SampleColumns | undefined): GroupRow[] {
  const [, , , , no, fingerprint, jobs, firstAt, lastAt, sites, ordinal, every] = row;
  if (no === null || sample === undefined) return [];
  const [, name, label, reason, exitCode, signal, message] = sample;
  return [
    {
      ...{ no, jobs, every, label, exitCode, signal, sites: sites.map(([site, there]) => ({ site, jobs: there })) },
      fingerprint: shownFingerprint(fingerprint),
      reason: reasonOf(reason) ?? 'error',
      sample: { ordinal, name, message },
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
    },
  ];
}

function attemptOf(row: AttemptColumns): AttemptRow {
  const [attempt, runNo, outcome, reason, exitCode, signal, site, worker, workDir, ...rest] = row;
  const [leasedAt, startedAt, endedAt, settledAt, cpuSec, peakMemoryMib, message, fingerprint, ...more] = rest;
  const [allowedMemoryMib, uncharged, outputs] = more;
  return {
    ...{ attempt, runNo, exitCode, signal, site, worker, workDir, cpuSec, peakMemoryMib, message },
    ...{ allowedMemoryMib, uncharged },
    outcome: outcome === null ? null : outcomeOf(outcome),
    reason: reasonOf(reason),
    leasedAt: instant(leasedAt),
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    settledAt: instant(settledAt),
    outputs: outputs === null ? null : (JSON.parse(outputs) as unknown),
    fingerprint: fingerprint === null ? null : shownFingerprint(fingerprint),
  };
}
