import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchVerdicts, TerminalBatch } from '#contracts';
import { StoreUnavailable, StoreUnfit } from '../faults.js';
import type { DeadLetterStore } from '../ports/dead-letter-store.js';
import { letterOfBatch } from './letter-of-batch.js';
import type { SettleStore } from '../ports/settle-store.js';
import { rememberVerdicts, settleBatches, type Settled } from './settle-batches.js';

/** An event alone is set aside when it was refused so many times, so far apart in milliseconds. */
const triesMax = 5;
const againMs = 20;

export interface SettledOrAside extends Settled {
  /** Events that can never be applied, now in dead_letter; their verdict is `stale`. */
  setAside: number;
}

/**
 * Settles batches; where something in them can never be applied, they are halved until the bad event is alone, which goes
 * to dead_letter. The good ones are applied as smaller wholes.
 * @throws StoreUnavailable (retry: yes) or StoreUnfit: faults of what is around us never count against a message.
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
    if (isAroundUs(fault)) throw fault;
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
    if (isAroundUs(fault)) throw fault;
    await dead.add(letterOfBatch(batch, `its verdicts can't be remembered: ${reasonOf(fault)}`));
  }
  return settled;
}

/** Settles a part of a batch that can't be settled as it is: half by half, down to a single event. */
async function settleHalves(store: SettleStore, dead: DeadLetterStore, batch: TerminalBatch): Promise<SettledOrAside> {
  const { events } = batch;
  const settled: SettledOrAside[] = [];
  const middle = Math.max(1, events.length >> 1);
  for (const part of [events.slice(0, middle), events.slice(middle)]) {
    if (part.length === 0) continue;
    const half = { ...batch, events: part };
    settled.push(part.length > 1 ? await settlePart(store, dead, half) : await settleAlone(store, dead, half));
  }
  const [first, second] = settled;
  if (!first) throw new Error(`batch ${batch.batchId} has no events`);
  return second ? { ...join(first, second), verdicts: joinVerdicts(first.verdicts, second.verdicts) } : first;
}

async function settlePart(store: SettleStore, dead: DeadLetterStore, part: TerminalBatch): Promise<SettledOrAside> {
  try {
    return await settleForgetful(store, part);
  } catch (fault) {
    if (isAroundUs(fault)) throw fault;
    return settleHalves(store, dead, part);
  }
}

/** @param batch with one event. It is tried again, since not every fault that passes has a name. */
async function settleAlone(store: SettleStore, dead: DeadLetterStore, batch: TerminalBatch): Promise<SettledOrAside> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await settleForgetful(store, batch);
    } catch (fault) {
      if (isAroundUs(fault)) throw fault;
      if (tries >= triesMax) return setAside(dead, batch, fault);
    }
    await sleep(againMs);
  }
}

const settleForgetful = async (store: SettleStore, part: TerminalBatch): Promise<SettledOrAside> => ({
  ...(await settleBatches(store, part.partition, [part], { remember: false })),
  setAside: 0,
});

/** Whatever was asked would have failed: nothing that was asked is at fault. */
const isAroundUs = (fault: unknown): boolean => fault instanceof StoreUnavailable || fault instanceof StoreUnfit;

function join(first: SettledOrAside, second: SettledOrAside): SettledOrAside {
  const waits = [first.heldSec, second.heldSec].flatMap((sec) => sec ?? []);
  return {
    verdicts: [],
    classes: [...new Set([...first.classes, ...second.classes])],
    rows: [],
    limits: [...new Set([...first.limits, ...second.limits])],
    applied: first.applied + second.applied,
    late: first.late + second.late,
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
  const { batchId, events } = batch;
  await dead.add(letterOfBatch(batch, reasonOf(fault)));
  const stale = events.map((_, position) => position);
  return {
    verdicts: [{ batchId, events: events.length, duplicate: [], stale }],
    classes: [],
    rows: [],
    limits: [],
    applied: 0,
    late: 0,
    heldSec: null,
    ordered: false,
    setAside: Math.max(1, events.length),
  };
}
