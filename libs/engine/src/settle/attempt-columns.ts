import { partitionOf, splitJobId, type FailReason, type TerminalBatch, type TerminalEvent } from '#contracts';
import { eventOfDecision, outcomeCode, reasonCode, stateAfterEnd, stateCode, type AttemptDecision } from '#core';
import type { AttemptColumns } from '../ports/settle-store.js';

/** Where an event came from: its batch and its position in it. */
export interface EventOrigin {
  batch: number;
  event: number;
}

/** Ends of attempts, side by side. */
export interface Ends {
  columns: AttemptColumns;
  /** Positions of the failed events, whose fate is not decided yet: they stand as failed for good. */
  failed: number[];
  /** Those of them that an operator ordered. */
  byOrder: Set<number>;
}

/** Finished events that say which files they wrote: position, and what they say. */
export type ToldFiles = Map<number, unknown>;

export interface FlatBatches extends Ends {
  /** Origin of each event of the columns. */
  origins: EventOrigin[];
  /** Events that can't be anybody's: an unknown lease position, or a workflow of another partition. */
  foreign: EventOrigin[];
  files: ToldFiles;
}

/** Lays the events of many batches side by side, in columns. Leases that no event names are left out. */
export function flattenBatches(partition: number, batches: readonly TerminalBatch[]): FlatBatches {
  const flat: FlatBatches = {
    ...{ columns: emptyColumns(), origins: [], foreign: [], failed: [], byOrder: new Set(), files: new Map() },
  };
  const leaseNos = new Map<string, number>();
  batches.forEach((batch, batchIndex) => {
    flat.columns.batchIds.push(batch.batchId);
    batch.events.forEach((event, eventIndex) => {
      const origin = { batch: batchIndex, event: eventIndex };
      const [workflowNo, ordinal] = splitJobId(event.job);
      const lease = batch.leases[event.lease];
      if (lease === undefined || partitionOf(workflowNo) !== partition) flat.foreign.push(origin);
      else addEvent(flat, origin, { event, workflowNo, ordinal, lease: leaseNo(lease, leaseNos, flat.columns) });
    });
  });
  return flat;
}

/** Some of the ends by themselves, in the order of `positions`. */
export function pickEnds({ columns, failed, byOrder }: Ends, positions: readonly number[]): Ends {
  const among = (chosen: ReadonlySet<number>): number[] =>
    positions.flatMap((position, index) => (chosen.has(position) ? [index] : []));
  return {
    columns: pickEvents(columns, positions),
    failed: among(new Set(failed)),
    byOrder: new Set(among(byOrder)),
  };
}

/** Leases and batches keep their places. */
function pickEvents(columns: AttemptColumns, positions: readonly number[]): AttemptColumns {
  const pick = <V>(values: V[]): V[] => positions.map((position) => values[position] as V);
  return {
    leases: columns.leases,
    batchIds: columns.batchIds,
    workflowNo: pick(columns.workflowNo),
    ordinal: pick(columns.ordinal),
    attempt: pick(columns.attempt),
    leaseNo: pick(columns.leaseNo),
    nextState: pick(columns.nextState),
    reason: pick(columns.reason),
    outcome: pick(columns.outcome),
    tries: pick(columns.tries),
    infra: pick(columns.infra),
    exitCode: pick(columns.exitCode),
    signal: pick(columns.signal),
    fingerprint: pick(columns.fingerprint),
    startedAtMs: pick(columns.startedAtMs),
    endedAtMs: pick(columns.endedAtMs),
    cpuSec: pick(columns.cpuSec),
    allowedMib: pick(columns.allowedMib),
    peakMemoryMib: pick(columns.peakMemoryMib),
    batchNo: pick(columns.batchNo),
    message: pick(columns.message),
    outputs: pick(columns.outputs),
  };
}

/** Writes a decision about a failed attempt into its place. */
export function applyDecision(columns: AttemptColumns, position: number, decision: AttemptDecision): void {
  columns.nextState[position] = stateCode[stateAfterEnd(eventOfDecision(decision))];
  columns.tries[position] = decision.tries;
  columns.infra[position] = decision.infra;
}

function leaseNo(lease: { id: string; token: string }, known: Map<string, number>, columns: AttemptColumns): number {
  const key = `${lease.id}:${lease.token}`;
  const no = known.get(key) ?? columns.leases.id.length + 1;
  if (!known.has(key)) {
    known.set(key, no);
    columns.leases.id.push(lease.id);
    columns.leases.token.push(lease.token);
  }
  return no;
}

interface Placed {
  event: TerminalEvent;
  workflowNo: string;
  ordinal: number;
  lease: number;
}

function addEvent(flat: FlatBatches, origin: EventOrigin, { event, workflowNo, ordinal, lease }: Placed): void {
  const { columns } = flat;
  if (event.outcome === 'failed') flat.failed.push(columns.ordinal.length);
  if (event.byOrder === true) flat.byOrder.add(columns.ordinal.length);
  if (event.outputs !== undefined) noteFiles(flat, event);
  flat.origins.push(origin);
  columns.workflowNo.push(workflowNo);
  columns.ordinal.push(ordinal);
  columns.attempt.push(event.attempt);
  columns.leaseNo.push(lease);
  columns.nextState.push(stateCode[stateAfterEnd(event.outcome)]);
  columns.reason.push(event.outcome === 'failed' ? reasonCode[event.reason ?? defaultReason] : 0);
  columns.outcome.push(outcomeCode[event.outcome]);
  columns.tries.push(0);
  columns.infra.push(0);
  columns.exitCode.push(event.exitCode ?? null);
  columns.signal.push(event.signal?.replaceAll('\0', '\u2400') ?? null);
  columns.fingerprint.push(null);
  columns.startedAtMs.push(event.startedAtMs ?? null);
  columns.endedAtMs.push(event.endedAtMs);
  columns.cpuSec.push(event.cpuSec ?? null);
  columns.peakMemoryMib.push(event.peakMemoryMib ?? null);
  columns.allowedMib.push(event.allowedMemoryMib ?? null);
  columns.batchNo.push(columns.batchIds.length);
  columns.message.push(event.message?.replaceAll('\0', '\u2400') ?? null); // PostgreSQL stores no NUL in text
  columns.outputs.push(event.outputs === undefined ? null : JSON.stringify(event.outputs));
}

function noteFiles({ files, columns }: FlatBatches, { outcome, outputs }: TerminalEvent): void {
  if (outcome !== 'finished' || typeof outputs !== 'object' || outputs === null || !('files' in outputs)) return;
  files.set(columns.ordinal.length, outputs.files);
}

/** What was told as finished fails, as if its worker had said so: its job's budget decides what becomes of it. */
export function failInstead(flat: FlatBatches, position: number, message: string): void {
  const { columns } = flat;
  flat.failed.push(position);
  columns.nextState[position] = stateCode[stateAfterEnd('failed')];
  columns.reason[position] = reasonCode[defaultReason];
  columns.outcome[position] = outcomeCode.failed;
  columns.message[position] = message;
  columns.outputs[position] = null;
}

const defaultReason: FailReason = 'error';

function emptyColumns(): AttemptColumns {
  return {
    leases: { id: [], token: [] },
    workflowNo: [],
    ordinal: [],
    attempt: [],
    leaseNo: [],
    nextState: [],
    reason: [],
    outcome: [],
    tries: [],
    infra: [],
    exitCode: [],
    signal: [],
    fingerprint: [],
    startedAtMs: [],
    endedAtMs: [],
    cpuSec: [],
    peakMemoryMib: [],
    allowedMib: [],
    batchNo: [],
    message: [],
    outputs: [],
    batchIds: [],
  };
}
