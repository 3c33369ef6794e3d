/**
 * Owns the one way in which ends of attempts change the DAG. Everything that ends comes through here.
 *
 * S1  An event counts only under its own lease, token and attempt; the fence is inside the SQL.
 * S2  All of a call is one transaction: dependents change with what they waited for, counts and events with both.
 * S3  Any batch may come again, in any order: what counted before is `duplicate`, what is nobody's is `stale`.
 * S4  A job that can't run any more because a parent failed ends in the same transaction. Above pruneJobsMax descendants
 *     the rest follows in steps: it can't run meanwhile, since a failed parent never counts down a success edge.
 * S5  An attempt that was given up as lost still accepts its end, however late, until its job is granted anew: then giving
 *     it up is taken back first. One whose loss ended the job for good accepts nothing more.
 * S6  A failure for good orders the cancel of a workflow that fails fast: from this transaction on nothing of it is leased.
 */
import type { BatchVerdicts, TerminalBatch } from '#contracts';
import { reasonCode, stateCode } from '#core';
import { faultpoint } from '#faultpoint';
import type { PeekedRow } from '../ports/lease-store.js';
import type {
  AppliedAttempts,
  AttemptColumns,
  BatchRecord,
  EndedJob,
  SettleStore,
  SettleTransaction,
  TaskRef,
} from '../ports/settle-store.js';
import { flattenBatches, pickEnds, type Ends, type EventOrigin, type FlatBatches } from './attempt-columns.js';
import { distinctVariants } from './class-variant.js';
import { checkOutputs } from './check-outputs.js';
import { closeTransition } from './close-transition.js';
import { decideFailures, type Comeback } from './decide-failures.js';
import { EndedLedger } from './ended-ledger.js';
import { learnMemory } from './learn-memory.js';
import { leaveRest, releaseChildren } from './release-children.js';
import { countReports } from './report-counts.js';

/** With more rows than these a look at the classes is not worth sparing. */
const rowsToldMax = 16;

export interface Settled {
  verdicts: BatchVerdicts[];
  /** Classes that got ready jobs: the brokers should look there. */
  classes: number[];
  /** The rows in which all those jobs wait, if they are few: then the brokers need not look. */
  rows: PeekedRow[];
  /** Limits under which some of them ran: there is room again. */
  limits: number[];
  /** Events that counted. */
  applied: number;
  /** Of these, ends of attempts that had been given up. */
  late: number;
  /** Shortest back-off that was started, in seconds; null: none. */
  heldSec: number | null;
  /** A command was left for the owner of the partition: a cancel of a workflow that fails fast, or the rest of a prune. */
  ordered: boolean;
}

export interface SettleOptions {
  /** Keep the verdicts for heartbeats; not for a part of a batch. */
  remember: boolean;
  /** What else is to be in the transaction, its last step. */
  besides?: (tx: SettleTransaction, verdicts: readonly BatchVerdicts[]) => Promise<void>;
}

/**
 * Settles the attempts named in batches of one partition and frees the jobs that waited for them. Safe to repeat.
 * @param batches any order, repeats allowed; times are the workers' clocks.
 * @returns a verdict per batch in order: applied + duplicate + stale = its events. An unknown job is stale.
 * @throws StoreUnavailable (retry: yes) when PostgreSQL is lost; all or nothing may have been applied: send it again.
 * @see S1-S6
 */
export function settleBatches(
  store: SettleStore,
  partition: number,
  batches: TerminalBatch[],
  { remember, besides }: SettleOptions = { remember: true },
): Promise<Settled> {
  const flat = flattenBatches(partition, batches);
  return store.settle(partition, async (tx) => {
    const change = emptyChange();
    await checkOutputs(tx, flat);
    const counted = new Set(await applyEnds(tx, flat, change));
    faultpoint('apply.midBatch', flat.columns.ordinal);
    const late = counted.size < flat.origins.length ? await applyLateEnds(tx, flat, { counted, change }) : [];
    const records = await judge(tx, flat, counted, batches);
    const reports = countReports(records, late);
    if (reports.length > 0) await tx.countReports(partition, reports);
    const finals = await closeTransition(tx, partition, change.ledger, remember ? records : []);
    const verdicts = records.map(({ batchId, events, duplicate, stale }) => ({ batchId, events, duplicate, stale }));
    await besides?.(tx, verdicts);
    faultpoint('apply.beforeCommit');
    const { classes, rows } = change;
    for (const classId of finals) classes.add(classId);
    const toldRows = finals.size === 0 && rows !== null && rows.length <= rowsToldMax ? rows : [];
    return {
      verdicts,
      classes: [...classes],
      rows: toldRows,
      limits: [...change.limits],
      applied: counted.size,
      late: late.length,
      heldSec: change.waitsSec.length > 0 ? Math.min(...change.waitsSec) : null,
      ordered: change.ordered,
    };
  });
}

/** What a settle changed so far. */
interface Change {
  ledger: EndedLedger;
  classes: Set<number>;
  /** All rows in which what became ready waits; null when they are not known. */
  rows: PeekedRow[] | null;
  /** Limits under which something ran that ended. */
  limits: Set<number>;
  /** Back-offs that were started. */
  waitsSec: number[];
  /** A command was left for the owner of the partition. */
  ordered: boolean;
}

const emptyChange = (): Change => ({
  ledger: new EndedLedger(),
  classes: new Set(),
  rows: [],
  limits: new Set(),
  waitsSec: [],
  ordered: false,
});

/** Ends the attempts that the fence lets through, and all that follows from it. @returns positions of those that counted. */
async function applyEnds(tx: SettleTransaction, ends: Ends, change: Change): Promise<number[]> {
  const comebacks = await decideFailures(tx, ends);
  const applied = await tx.endAttempts(ends.columns);
  const { ended, back } = tally(ends.columns, applied, { comebacks, ledger: change.ledger });
  await learnMemory(tx, ends.columns, applied); // before: what is released here gets what was learned here
  const release = await releaseChildren(tx, change.ledger, ended);
  await leaveRest(tx, release);
  for (const classId of release.classes) change.classes.add(classId);
  for (const classId of await putBack(tx, back)) change.classes.add(classId);
  const cancelled = await failFast(tx, ended, change.classes);
  const known = back.length === 0 ? release.rows : null; // the rows of what goes back are not known
  change.rows = change.rows && known && [...change.rows, ...known];
  for (const limit of applied.limits) change.limits.add(limit);
  change.waitsSec.push(...back.flatMap((job) => (job.delaySec > 0 ? [job.delaySec] : [])));
  change.ordered ||= cancelled.length + release.cutShort.size > 0;
  return applied.events;
}

/** @see S5 @returns the batches of the ends that counted though their attempts had been given up, one for each end. */
async function applyLateEnds(
  tx: SettleTransaction,
  flat: FlatBatches,
  { counted, change }: { counted: Set<number>; change: Change },
): Promise<number[]> {
  const { columns } = flat;
  const refused = columns.ordinal.map((_, position) => position).filter((position) => !counted.has(position));
  const told = refused.filter((position) => columns.reason[position] !== reasonCode.lost); // to be given up again is no end
  const positions = told.length > 0 ? await tx.reviveLost(columns, told) : [];
  if (positions.length === 0) return [];
  const applied = await applyEnds(tx, pickEnds(flat, positions), change);
  const late = applied.map((position) => positions[position] ?? -1);
  for (const position of late) counted.add(position);
  return late.map((position) => flat.origins[position]?.batch ?? -1);
}

/** Keeps the verdicts of a batch that was settled in parts, so that heartbeats can tell them. Safe to repeat. */
export function rememberVerdicts(store: SettleStore, batch: TerminalBatch, verdicts: BatchVerdicts[]): Promise<void> {
  const batches = verdicts.map((verdict) => ({ ...verdict, session: batch.session }));
  return store.settle(batch.partition, async (tx) => {
    await tx.record(batch.partition, { tasks: [], failures: [], events: [], batches });
  });
}

/** @see S6 @returns workflows whose cancel was ordered. */
async function failFast(tx: SettleTransaction, ended: EndedJob[], classes: Set<number>): Promise<string[]> {
  const failed = ended.filter((job) => job.code === 4);
  if (failed.length === 0) return [];
  const cancelled = await tx.failFast([...new Set(failed.map((job) => job.workflowNo))]);
  for (const workflowNo of cancelled) {
    for (const classId of await tx.unqueue(workflowNo)) classes.add(classId);
  }
  return cancelled;
}

interface Tally {
  ended: EndedJob[];
  back: (TaskRef & { ordinal: number } & Comeback)[];
}

/** Sorts what counted: jobs that ended for good, and jobs that go back. */
function tally(
  columns: AttemptColumns,
  applied: AppliedAttempts,
  { comebacks, ledger }: { comebacks: Map<number, Comeback>; ledger: EndedLedger },
): Tally {
  const ended: EndedJob[] = [];
  const back: Tally['back'] = [];
  applied.events.forEach((position, index) => {
    const ordinal = columns.ordinal[position] ?? -1;
    const ref = { workflowNo: columns.workflowNo[position] ?? '', task: applied.tasks[index] ?? -1 };
    const next = columns.nextState[position];
    if (next === stateCode.finished) {
      ledger.finished(ref, ordinal, runMs(columns, position));
      ended.push({ workflowNo: ref.workflowNo, ordinal, code: 3 });
    } else if (next === stateCode.failed) {
      ledger.failed(ref, ordinal, columns.reason[position] ?? 0);
      ended.push({ workflowNo: ref.workflowNo, ordinal, code: 4 });
    } else back.push({ ...ref, ordinal, ...(comebacks.get(position) ?? asItWas) });
  });
  return { ended, back };
}

/** Of attempts that were given back. */
const asItWas: Comeback = { delaySec: 0, variant: null };

/** @returns classes that got ready jobs. */
async function putBack(tx: SettleTransaction, back: Tally['back']): Promise<number[]> {
  if (back.length === 0) return [];
  const resized = back.flatMap(({ workflowNo, ordinal, variant }) =>
    variant ? [{ workflowNo, ordinal, variant }] : [],
  );
  if (resized.length > 0) {
    await tx.makeClasses(distinctVariants(resized.map(({ variant }) => variant)));
    await tx.giveClasses(resized.map(({ variant, ...job }) => ({ ...job, key: variant.key })));
  }
  return tx.requeue(back);
}

function runMs(columns: AttemptColumns, position: number): number | null {
  const started = columns.startedAtMs[position] ?? null;
  return started === null ? null : Math.max(0, (columns.endedAtMs[position] ?? started) - started);
}

/** The verdict of every event, as one record a batch. */
async function judge(
  tx: SettleTransaction,
  flat: FlatBatches,
  counted: ReadonlySet<number>,
  batches: TerminalBatch[],
): Promise<BatchRecord[]> {
  const records = batches.map((batch): BatchRecord => {
    return { batchId: batch.batchId, session: batch.session, events: batch.events.length, duplicate: [], stale: [] };
  });
  const mark = (origin: EventOrigin | undefined, verdict: 'duplicate' | 'stale'): void => {
    if (origin) records[origin.batch]?.[verdict].push(origin.event);
  };
  flat.foreign.forEach((origin) => {
    mark(origin, 'stale');
  });
  if (counted.size === flat.origins.length) return records;
  const refused = flat.origins.map((_, position) => position).filter((position) => !counted.has(position));
  const duplicates = await tx.findDuplicates(flat.columns, refused);
  for (const position of refused) mark(flat.origins[position], duplicates.has(position) ? 'duplicate' : 'stale');
  return records;
}
