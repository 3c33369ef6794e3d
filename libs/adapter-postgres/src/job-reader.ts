import type { FilterCondition, JobFilter, JobView } from '#contracts';
import { reasonCode, stateCode } from '#core';
import { memoryBytesOf, runtimeSecOf, type JobSelection, type JobStep } from '#engine';
import { instant, reasonOf, stateOf } from './code-words.js';
import type { Reads, Row, Transaction } from './database.js';
import { storedFingerprint } from './fingerprint-column.js';
import * as queries from './generated/queries.js';

/** Up to so many failed attempts are looked up one by one and sorted; more are met soon enough on the way. */
const fewMax = 5_000;
/** Jobs looked at by one statement: few at first, since most pages are full soon; never so many that it takes long. */
const stretch = { first: 10_000, last: 200_000, growth: 4 } as const;
const everyFingerprint = { low: ['-9223372036854775808'], high: ['9223372036854775807'] };

/**
 * Reads jobs of a workflow in document order. Where only jobs that failed by themselves are asked for and these are few, it
 * goes by their index; else it looks at one job after the other.
 */
export class JobReader {
  constructor(private readonly database: Reads) {}

  async read(step: JobStep): Promise<JobView[]> {
    const tasks = step.labels === undefined ? null : await this.tasksOf(step.workflowNo, step.labels);
    if (tasks?.length === 0 && !isExcept(step, 'labels')) return [];
    if (!isExcept(step, 'sites') && !(await this.isSite(step.sites))) return [];
    const few = asksForFailures(step) && (await this.failedOrdinals(step)) !== null;
    const rows = few ? await this.alike(step, tasks) : await this.all(step, tasks);
    return rows.map(jobViewOf);
  }

  async tasksOf(workflowNo: string, labels: readonly string[]): Promise<number[]> {
    const rows = await this.database.run<[number]>(queries.readTasksOfLabels, [workflowNo, labels]);
    return rows.map(([ordinal]) => ordinal);
  }

  /** False where no worker ever was: there is no need to look at a million jobs for that. */
  private async isSite(sites: readonly string[] | undefined): Promise<boolean> {
    if (sites === undefined) return true;
    const [row] = await this.database.run<[boolean]>(queries.readSessionsOfSites, [sites]);
    return row?.[0] ?? false;
  }

  /** The jobs of which an attempt failed, of these groups or of all, if they are few; else null. */
  async failedOrdinals(
    of: Pick<JobSelection, 'workflowNo' | 'fingerprints'>,
    on: Pick<Transaction, 'run'> = this.database,
  ): Promise<number[] | null> {
    const { low, high } = rangesOf(of);
    const params = [of.workflowNo, low, high, fewMax + 1];
    const rows = await on.run<[number]>(queries.readAlikeOrdinals, params);
    return rows.length > fewMax ? null : [...new Set(rows.map(([ordinal]) => ordinal))];
  }

  private alike(step: JobStep, tasks: number[] | null): Promise<Row[]> {
    const { low, high } = rangesOf(step);
    const { reasons, exitCodes, sites, ordinals, except } = filterColumns(step);
    return this.database.run(queries.readAlikeJobs, [
      ...[step.workflowNo, step.after, step.rows, low, high],
      ...[tasks, reasons, exitCodes, sites, ordinals, except],
    ]);
  }

  private async all(step: JobStep, tasks: number[] | null): Promise<Row[]> {
    const { states, reasons, exitCodes, sites, fingerprints, ordinals, except } = filterColumns(step);
    const [end] = await this.database.run<[number | null]>(queries.readLastOrdinal, [step.workflowNo]);
    const last = end?.[0] ?? -1;
    const rows: Row[] = [];
    for (
      let after = step.after, length = Math.max(stretch.first, step.rows);
      after < last && rows.length < step.rows;
    ) {
      const to = Math.min(last, after + length);
      const found = await this.database.run(queries.readJobs, [
        ...[step.workflowNo, after, step.rows - rows.length],
        ...[tasks, states, reasons, exitCodes, sites, fingerprints, ordinals, to, except],
      ]);
      rows.push(...found);
      after = to;
      length = Math.min(length * stretch.growth, stretch.last);
    }
    return rows;
  }
}

/** A filter's conditions as the statements take them: codes for words, null for none. */
export function filterColumns(filter: JobFilter) {
  return {
    states: filter.states?.map((state) => stateCode[state]) ?? null,
    reasons: filter.reasons?.map((reason) => reasonCode[reason]) ?? null,
    exitCodes: filter.exitCodes ?? null,
    sites: filter.sites ?? null,
    fingerprints: filter.fingerprints?.map((fingerprint) => storedFingerprint(fingerprint)) ?? null,
    ordinals: filter.ordinals ?? null,
    except: filter.except ?? [],
  };
}

const isExcept = ({ except }: JobFilter, condition: FilterCondition): boolean => except?.includes(condition) ?? false;

/** True when every job that can match failed by itself: then its last attempt has a fingerprint. */
function asksForFailures(filter: JobFilter): boolean {
  const { states, reasons, fingerprints } = filter;
  if (states && states.includes('failed') === isExcept(filter, 'states')) return false;
  if (isExcept(filter, 'fingerprints')) return false;
  if (fingerprints) return true;
  if (isExcept(filter, 'reasons')) return false;
  return reasons?.every((reason) => reason !== 'parent_failed' && reason !== 'cancelled') ?? false;
}

function rangesOf({ fingerprints }: Pick<JobFilter, 'fingerprints'>): { low: string[]; high: string[] } {
  if (!fingerprints) return everyFingerprint;
  const each = [...new Set(fingerprints)].map((fingerprint) => storedFingerprint(fingerprint));
  return { low: each, high: each };
}

function jobViewOf(row: Row): JobView {
  const [ordinal, name, label, state, reason, attempt, exitCode, site, worker, ...measured] = row as [
    ...[number, string, string, number, number, number, number | null, string | null, string | null],
    ...[startedAt: Date | null, endedAt: Date | null, cpuSec: number | null, peakMemoryMib: number | null],
    message: string | null,
  ];
  const [startedAt, endedAt, cpuSec, peakMemoryMib, message] = measured;
  return {
    ...{ ordinal, name, label, state: stateOf(state), reason: reasonOf(reason), attempt, exitCode, site, worker },
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    runtimeSec: runtimeSecOf({ startedAt, endedAt }),
    cpuSec,
    memoryBytes: memoryBytesOf(peakMemoryMib),
    message,
  };
}
