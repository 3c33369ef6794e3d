import { streams, type BatchVerdicts, type TerminalBatch } from '#contracts';
import { StoreUnavailable } from '../faults.js';
import type { DeadLetterStore } from '../ports/dead-letter-store.js';
import type { SettleStore } from '../ports/settle-store.js';
import { rememberVerdicts, settleBatches, type Settled } from './settle-batches.js';

export interface SettledOrAside extends Settled {
  /** Events that can never be applied, now in dead_letter; their verdict is `stale`. */
  setAside: number;
}

/**
 * Settles batches; where something in them can never be applied, they are halved until the bad event is alone, which goes
 * to dead_letter. The good ones are applied as smaller wholes.
 * @throws StoreUnavailable (retry: yes): a fault of infrastructure never counts against a message.
 */
export async function settleOrSetAside(
  store: SettleStore,
  dead: DeadLetterStore,
  partition: number,
  batches: TerminalBatch[],
): Promise<SettledOrAside> {
  try {
    return { ...(await settleBatches(store, partition, batches)), setAside: 0 };
  } catch (fault) {
    if (fault instanceof StoreUnavailable) throw fault;
    const [batch] = batches;
    // The partition is the stream's to say: a batch that names another is settled where its whole was.
    if (batches.length === 1 && batch) return settleInParts(store, dead, { ...batch, partition }, fault);
    const middle = batches.length >> 1;
    const first = await settleOrSetAside(store, dead, partition, batches.slice(0, middle));
    const second = await settleOrSetAside(store, dead, partition, batches.slice(middle));
    return { ...join(first, second), verdicts: [...first.verdicts, ...second.verdicts] };
  }
}

/** The verdicts of a batch are remembered once, whole: a part of them would tell its worker too much. */
async function settleInParts(
  store: SettleStore,
  dead: DeadLetterStore,
  batch: TerminalBatch,
  fault: unknown,
): Promise<SettledOrAside> {
  if (batch.events.length === 0) return setAside(dead, batch, fault);
  const settled = await settleHalves(store, dead, batch);
  try {
    await rememberVerdicts(store, batch, settled.verdicts);
  } catch (fault) {
    if (fault instanceof StoreUnavailable) throw fault;
    const reason = `its verdicts can't be remembered: ${reasonOf(fault)}`;
    await dead.add({ stream: streams.terminal, partition: batch.partition, body: JSON.stringify(batch), reason });
  }
  return settled;
}

/** Settles a part of a batch that can't be settled as it is: half by half, down to a single event. */
async function settleHalves(store: SettleStore, dead: DeadLetterStore, batch: TerminalBatch): Promise<SettledOrAside> {
  const { partition, events } = batch;
  const settled: SettledOrAside[] = [];
  const middle = Math.max(1, events.length >> 1);
  for (const part of [events.slice(0, middle), events.slice(middle)]) {
    if (part.length === 0) continue;
    const half = { ...batch, events: part };
    try {
      settled.push({ ...(await settleBatches(store, partition, [half], { remember: false })), setAside: 0 });
    } catch (fault) {
      if (fault instanceof StoreUnavailable) throw fault;
      settled.push(part.length > 1 ? await settleHalves(store, dead, half) : await setAside(dead, half, fault));
    }
  }
  const [first, second] = settled;
  if (!first) throw new Error(`batch ${batch.batchId} has no events`);
  return second ? { ...join(first, second), verdicts: joinVerdicts(first.verdicts, second.verdicts) } : first;
}

function join(first: SettledOrAside, second: SettledOrAside): SettledOrAside {
  const waits = [first.heldSec, second.heldSec].flatMap((sec) => sec ?? []);
  return {
    verdicts: [],
    classes: [...new Set([...first.classes, ...second.classes])],
    rows: [],
    limits: [...new Set([...first.limits, ...second.limits])],
    applied: first.applied + second.applied,
    heldSec: waits.length > 0 ? Math.min(...waits) : null,
    ordered: first.ordered || second.ordered,
    setAside: first.setAside + second.setAside,
  };
}

/** Of one batch cut in two: the second half's positions count on from the first's. */
function joinVerdicts([a]: BatchVerdicts[], [b]: BatchVerdicts[]): BatchVerdicts[] {
  if (!a || !b) throw new Error('half a batch was settled without a verdict');
  const shifted = (positions: number[]): number[] => positions.map((position) => position + a.events);
  return [
    {
      batchId: a.batchId,
      events: a.events + b.events,
      duplicate: [...a.duplicate, ...shifted(b.duplicate)],
      stale: [...a.stale, ...shifted(b.stale)],
    },
  ];
}

const reasonOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

/** @param batch with one event, or none. */
async function setAside(dead: DeadLetterStore, batch: TerminalBatch, fault: unknown): Promise<SettledOrAside> {
  const { partition, batchId, events } = batch;
  await dead.add({ stream: streams.terminal, partition, body: JSON.stringify(batch), reason: reasonOf(fault) });
  const stale = events.map((_, position) => position);
  return {
    verdicts: [{ batchId, events: events.length, duplicate: [], stale }],
    classes: [],
    rows: [],
    limits: [],
    applied: 0,
    heldSec: null,
    ordered: false,
    setAside: Math.max(1, events.length),
  };
}
