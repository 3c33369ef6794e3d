import { partitionCount, partitionOf, type ErrorGroups, type WorkflowState } from '#contracts';
import type {
  ArchivedWorkflow,
  ArchiveLine,
  ArchiveStanding,
  EndedWorkflow,
  KeepStore,
  KeptAttempt,
  PrunedRows,
} from '#engine';
import { outcomeOf, reasonOf } from './code-words.js';
import { bulkTime, type Database, type Reads, type Transaction } from './database.js';
import * as queries from './generated/queries.js';
import { partitionLock } from './partition-lock.js';

/**
 * Longest wait for the large tables, and so longest time that others queue behind us for nothing. Below deadlock_timeout,
 * so that we give way and nobody is ended for us.
 */
const rangeLockMs = 300;

/** What is removed by its age alone. */
const pruning = {
  batches: queries.keepPruneBatches,
  inHand: queries.keepPruneInHand,
  answers: queries.keepPruneAnswers,
  limits: queries.keepPruneLimits,
} as const;

type EndedRow = [workflowNo: string, id: string, runNo: number];
const endedOf = (rows: EndedRow[]): EndedWorkflow[] =>
  rows.map(([workflowNo, id, runNo]) => ({ workflowNo, id, runNo }));

type LineRow = [
  ...[workflowNo: string, id: string, name: string, state: WorkflowState, runNo: number, jobs: number],
  ...[endedAt: Date, orderedAt: Date | null, archivedAt: Date | null, place: string | null],
];

/** What is kept of what has ended: the statements of sql/queries/keep. */
export class PostgresKeepStore implements KeepStore {
  /** Id of the last lease that the walk through the old ones got to; 0: it begins. */
  private lastLease = '0';

  /** @param asked what is told of workflows to people goes by it */
  constructor(
    private readonly database: Database,
    private readonly asked: Reads = database,
  ) {}

  async due({ partitions, days, rows }: Parameters<KeepStore['due']>[0]): Promise<EndedWorkflow[]> {
    return endedOf(await this.database.run<EndedRow>(queries.keepDue, [partitions, days, rows]));
  }

  async ordered({ partitions, rows }: Parameters<KeepStore['ordered']>[0]): Promise<EndedWorkflow[]> {
    return endedOf(await this.database.run<EndedRow>(queries.keepOrdered, [partitions, rows]));
  }

  async order(workflowNo: string): Promise<boolean> {
    return (await this.database.run(queries.keepOrder, [workflowNo])).length > 0;
  }

  async standing(workflowNo: string): Promise<ArchiveStanding | null> {
    type Standing = [WorkflowState, number, boolean, boolean, Date | null, string | null];
    const [row] = await this.database.run<Standing>(queries.keepStanding, [workflowNo]);
    if (!row) return null;
    const [state, jobs, hasDocument, ordered, at, place] = row;
    return { state, jobs, hasDocument, ordered, archived: at && { at: at.toISOString(), place } };
  }

  async list({ archived, after, rows, visible }: Parameters<KeepStore['list']>[0]): Promise<ArchiveLine[]> {
    const lines = await this.asked.run<LineRow>(archived ? queries.keepGone : queries.keepEnded, [
      ...[after, rows, visible],
    ]);
    return lines.map(([workflowNo, id, name, state, runNo, jobs, endedAt, orderedAt, archivedAt, place]) => ({
      workflowNo,
      view: {
        ...{ id, name, state, runNo, jobs, place },
        endedAt: endedAt.toISOString(),
        orderedAt: orderedAt?.toISOString() ?? null,
        archivedAt: archivedAt?.toISOString() ?? null,
      },
    }));
  }

  async attempts({ workflowNo, ordinal, attempt, rows }: Parameters<KeepStore['attempts']>[0]): Promise<KeptAttempt[]> {
    const found = await this.database.run<AttemptRow>(queries.keepAttempts, [workflowNo, ordinal, attempt, rows]);
    return found.map(keptAttempt);
  }

  archive(
    { workflowNo, runNo }: EndedWorkflow,
    { place, errors }: Omit<ArchivedWorkflow, 'archivedAt'>,
  ): Promise<'archived' | 'before' | 'changed'> {
    return this.database.transaction(
      'archive workflow',
      async (tx) => {
        const marked = await tx.run(queries.keepMark, [workflowNo, runNo, place, JSON.stringify(errors)]);
        if (marked.length > 0) {
          await tx.run(queries.keepForget, [workflowNo]);
          return 'archived';
        }
        return (await tx.run(queries.keepArchived, [workflowNo])).length > 0 ? 'before' : 'changed';
      },
      `${bulkTime}; ${partitionLock(partitionOf(workflowNo))}`,
    );
  }

  async archived(workflowNo: string): Promise<ArchivedWorkflow | null> {
    const [row] = await this.asked.run<[Date, string | null, ErrorGroups]>(queries.keepArchived, [workflowNo]);
    return row ? { archivedAt: row[0].toISOString(), place: row[1], errors: row[2] } : null;
  }

  async ranges(jobsMax: number): Promise<{ range: number; kept: string[] }[]> {
    const rows = await this.database.run<[number, string[]]>(queries.keepRanges, [jobsMax]);
    return rows.map(([range, kept]) => ({ range, kept }));
  }

  async thinRange({ range, kept }: { range: number; kept: readonly string[] }): Promise<boolean> {
    const prepare = (tx: Transaction): Promise<unknown> => tx.run(queries.keepPrepareRange, [range, kept]);
    if (kept.length > 0) await this.database.transaction('prepare range', prepare, bulkTime);
    return this.database.transaction(
      'thin range',
      async (tx) => {
        const [done] = await tx.run<[boolean]>(queries.keepSwapRange, [range, kept]);
        return done?.[0] ?? false;
      },
      `${bulkTime}; set local lock_timeout = '${rangeLockMs}ms'`,
    );
  }

  async dropTable(): Promise<string | null> {
    const [row] = await this.database.run<[string | null]>(queries.keepDropGone);
    return row?.[0] ?? null;
  }

  async prune(what: PrunedRows, { days, rows }: { days: number; rows: number }): Promise<number> {
    if (what === 'events') return this.pruneEvents(days, rows);
    if (what === 'leases') return this.pruneLeases(days, rows);
    const [pruned] = await this.database.run<[number]>(pruning[what], [days, rows]);
    return pruned?.[0] ?? 0;
  }

  pruneAudit({ days, rows }: { days: number; rows: number }): Promise<number> {
    return this.database.transaction(
      'prune audit',
      async (tx) => (await tx.run<[number]>(queries.auditPrune, [days, rows]))[0]?.[0] ?? 0,
      "set local sluice.prune_audit = 'by policy'",
    );
  }

  private async pruneEvents(days: number, rows: number): Promise<number> {
    let pruned = 0;
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const [row] = await this.database.run<[number]>(queries.keepPruneEvents, [partition, days, rows]);
      pruned += row?.[0] ?? 0;
    }
    return pruned;
  }

  /** Goes on until something was removed or the old ones are through; the next walk begins at the first again. */
  private async pruneLeases(days: number, rows: number): Promise<number> {
    for (;;) {
      const params = [this.lastLease, days, rows];
      const [step] = await this.database.run<[string | null, number]>(queries.keepPruneLeases, params);
      const [lastLease = null, pruned = 0] = step ?? [];
      this.lastLease = lastLease ?? '0';
      if (lastLease === null || pruned > 0) return pruned;
    }
  }
}

type AttemptRow = [
  ...[ordinal: number, name: string, label: string, attempt: number, runNo: number, outcome: number, reason: number],
  ...[exitCode: number | null, signal: string | null, site: string | null, worker: string | null],
  ...[leasedAt: Date, startedAt: Date | null, endedAt: Date, settledAt: Date],
  ...[cpuSec: number | null, peakMemoryMib: number | null, message: string | null, outputs: string | null],
];

function keptAttempt(row: AttemptRow): KeptAttempt {
  const [ordinal, name, label, attempt, runNo, outcome, reason, exitCode, signal, site, worker, ...times] = row;
  const [leasedAt, startedAt, endedAt, settledAt, cpuSec, peakMemoryMib, message, outputs] = times;
  return {
    ...{ ordinal, name, label, attempt, runNo, outcome: outcomeOf(outcome), reason: reasonOf(reason), exitCode },
    ...{ signal, site, worker, cpuSec, peakMemoryMib, message },
    leasedAt: leasedAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt.toISOString(),
    settledAt: settledAt.toISOString(),
    outputs: outputs === null ? null : (JSON.parse(outputs) as unknown),
  };
}
