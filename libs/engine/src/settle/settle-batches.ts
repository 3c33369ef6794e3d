/**
 * Owns the one way in which ends of attempts change the DAG. Everything that ends comes through here.
 *
 * S1  An event counts only under its own lease, token and attempt; the fence is inside the SQL.
 * S2  All of a call is one transaction: dependents change with what they waited for, counts and events with both.
 * S3  Any batch may come again, in any order: what counted before is `duplicate`, what is nobody's is `stale`.
 * S4  A job that can't run any more because a parent failed ends in the same transaction. Above pruneJobsMax descendants
 *     the rest follows in steps: it can't run meanwhile, since a failed parent never counts down a success edge.
 * S5  A failure for good orders the cancel of a workflow that fails fast: from this transaction on nothing of it is leased.
 */
import type { BatchVerdicts, FailReason, TerminalBatch } from '#contracts';
import { RetryPolicy } from '#contracts';
import { decideAttempt, type FailedAttempt, fingerprintOf, stateCode } from '#core';
import type { PeekedRow } from '../ports/lease-store.js';
import type {
  AppliedAttempts,
  AttemptColumns,
  AttemptPolicy,
  BatchRecord,
  EndedJob,
  SettleStore,
  SettleTransaction,
  TaskRef,
} from '../ports/settle-store.js';
import { applyDecision, flattenBatches, type EventOrigin, type FlatBatches } from './attempt-columns.js';
import { closeTransition } from './close-transition.js';
import { EndedLedger, reasonWord } from './ended-ledger.js';
import { leaveRest, releaseChildren } from './release-children.js';

/** With more rows than these a look at the classes is not worth sparing. */
const rowsToldMax = 16;

export interface Settled {
  verdicts: BatchVerdicts[];
  /** Classes that got ready jobs: the brokers should look there. */
  classes: number[];
  /** The rows in which all those jobs wait, if they are few: then the brokers need not look. */
  rows: PeekedRow[];
  /** Events that counted. */
  applied: number;
  /** Shortest back-off that was started, in seconds; null: none. */
  heldSec: number | null;
  /** A command was left for the owner of the partition: a cancel of a workflow that fails fast, or the rest of a prune. */
  ordered: boolean;
}

/**
 * Settles the attempts named in batches of one partition and frees the jobs that waited for them. Safe to repeat.
 * @param batches any order, repeats allowed; times are the workers' clocks.
 * @returns a verdict per batch in order: applied + duplicate + stale = its events. An unknown job is stale.
 * @throws StoreUnavailable (retry: yes) when PostgreSQL is lost; all or nothing may have been applied: send it again.
 * @param options remember: keep the verdicts for heartbeats; not for a part of a batch.
 * @see S1-S4
 */
export function settleBatches(
  store: SettleStore,
  partition: number,
  batches: TerminalBatch[],
  options = { remember: true },
): Promise<Settled> {
  const flat = flattenBatches(partition, batches);
  return store.settle(partition, async (tx) => {
    const delays = await decideFailures(tx, flat);
    const applied = await tx.endAttempts(flat.columns);
    const { ledger, ended, back } = tally(flat.columns, applied, delays);
    const release = await releaseChildren(tx, ledger, ended);
    const { classes } = release;
    await leaveRest(tx, release);
    if (back.length > 0) for (const classId of await tx.requeue(back)) classes.add(classId);
    const cancelled = await failFast(tx, ended, classes);
    const records = await judge(tx, flat, applied, batches);
    const finals = await closeTransition(tx, partition, ledger, options.remember ? records : []);
    for (const classId of finals) classes.add(classId);
    const waits = back.flatMap((job) => (job.delaySec > 0 ? [job.delaySec] : []));
    const rows = finals.size === 0 && back.length === 0 ? (release.rows ?? []) : []; // rows of the others are not known
    return {
      verdicts: records.map(({ batchId, events, duplicate, stale }) => ({ batchId, events, duplicate, stale })),
      classes: [...classes],
      rows: rows.length <= rowsToldMax ? rows : [],
      applied: applied.events.length,
      heldSec: waits.length > 0 ? Math.min(...waits) : null,
      ordered: cancelled.length + release.cutShort.size > 0,
    };
  });
}

/** Keeps the verdicts of a batch that was settled in parts, so that heartbeats can tell them. Safe to repeat. */
export function rememberVerdicts(store: SettleStore, batch: TerminalBatch, verdicts: BatchVerdicts[]): Promise<void> {
  const batches = verdicts.map((verdict) => ({ ...verdict, session: batch.session }));
  return store.settle(batch.partition, async (tx) => {
    await tx.record(batch.partition, { tasks: [], failures: [], events: [], batches });
  });
}

/** @see S5 @returns workflows whose cancel was ordered. */
async function failFast(tx: SettleTransaction, ended: EndedJob[], classes: Set<number>): Promise<string[]> {
  const failed = ended.filter((job) => job.code === 4);
  if (failed.length === 0) return [];
  const cancelled = await tx.failFast([...new Set(failed.map((job) => job.workflowNo))]);
  for (const workflowNo of cancelled) {
    for (const classId of await tx.unqueue(workflowNo)) classes.add(classId);
  }
  return cancelled;
}

/** Decides what failed attempts mean for their jobs. @returns delays in seconds by position, of those that are retried. */
async function decideFailures(
  tx: SettleTransaction,
  { columns, failed, byOrder }: FlatBatches,
): Promise<Map<number, number>> {
  const delays = new Map<number, number>();
  if (failed.length === 0) return delays;
  const policies = await tx.readAttempts({
    workflowNo: failed.map((position) => columns.workflowNo[position] ?? ''),
    ordinal: failed.map((position) => columns.ordinal[position] ?? -1),
  });
  failed.forEach((position, index) => {
    const policy = policies.get(index);
    if (!policy) return; // an unknown job: the fence will find it stale
    const failure = { ...failureAt(columns, position), byOrder: byOrder.has(position) };
    const decision = decideAttempt(failure, retryPolicy(policy), policy);
    columns.fingerprint[position] = fingerprintOf({ ...failure, label: policy.label });
    applyDecision(columns, position, decision);
    if (decision.then === 'retry') delays.set(position, decision.delaySec);
  });
  return delays;
}

function failureAt(columns: AttemptColumns, position: number): Omit<FailedAttempt, 'byOrder'> {
  const reason: FailReason = reasonWord(columns.reason[position] ?? 0);
  return {
    reason,
    exitCode: columns.exitCode[position] ?? null,
    signal: columns.signal[position] ?? null,
    message: columns.message[position] ?? null,
  };
}

function retryPolicy(policy: AttemptPolicy): RetryPolicy {
  const document = RetryPolicy.parse(JSON.parse(policy.retry));
  return { ...document, retries: policy.retries, infraRetries: policy.infraRetries };
}

interface Tally {
  ledger: EndedLedger;
  ended: EndedJob[];
  back: (TaskRef & { ordinal: number; delaySec: number })[];
}

/** Sorts what counted: jobs that ended for good, and jobs that go back. */
function tally(columns: AttemptColumns, applied: AppliedAttempts, delays: Map<number, number>): Tally {
  const ledger = new EndedLedger();
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
    } else back.push({ ...ref, ordinal, delaySec: delays.get(position) ?? 0 });
  });
  return { ledger, ended, back };
}

function runMs(columns: AttemptColumns, position: number): number | null {
  const started = columns.startedAtMs[position] ?? null;
  return started === null ? null : Math.max(0, (columns.endedAtMs[position] ?? started) - started);
}

/** The verdict of every event, as one record a batch. */
async function judge(
  tx: SettleTransaction,
  flat: FlatBatches,
  applied: AppliedAttempts,
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
  if (applied.events.length === flat.origins.length) return records;
  const counted = new Set(applied.events);
  const refused = flat.origins.map((_, position) => position).filter((position) => !counted.has(position));
  const duplicates = await tx.findDuplicates(flat.columns, refused);
  for (const position of refused) mark(flat.origins[position], duplicates.has(position) ? 'duplicate' : 'stale');
  return records;
}
