import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchVerdicts, TerminalBatch } from '#contracts';
import type { DeadLetterStore } from '../ports/dead-letter-store.js';
import { letterOfBatch } from './letter-of-batch.js';
import type { SettleStore } from '../ports/settle-store.js';
import { rememberVerdicts, settleBatches } from './settle-batches.js';
import { isAroundUs, joined, nothingSettled, reasonOf, shifted, type SettledOrAside } from './settled-or-aside.js';

/** An event alone is set aside when it was refused so many times, so far apart in milliseconds. */
export const triesMax = 5;
export const againMs = 20;

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
    return joined([first, second], [...first.verdicts, ...second.verdicts]);
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
  await rememberOrSetAside(store, dead, batch, settled.verdicts);
  return settled;
}

/** Keeps the verdicts of a batch that was settled in parts. @throws as settleOrSetAside() */
export async function rememberOrSetAside(
  store: SettleStore,
  dead: DeadLetterStore,
  batch: TerminalBatch,
  verdicts: BatchVerdicts[],
): Promise<void> {
  try {
    await rememberVerdicts(store, batch, verdicts);
  } catch (fault) {
    if (isAroundUs(fault)) throw fault;
    await dead.add(letterOfBatch(batch, `its verdicts can't be remembered: ${reasonOf(fault)}`));
  }
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
  return second ? joined([first, second], joinVerdicts(first.verdicts, second.verdicts)) : first;
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

/** Of one batch cut in two: the second half's positions count on from the first's. */
function joinVerdicts([a]: BatchVerdicts[], [b]: BatchVerdicts[]): BatchVerdicts[] {
  if (!a || !b) throw new Error('half a batch was settled without a verdict');
  return [
    {
      batchId: a.batchId,
      events: a.events + b.events,
      duplicate: [...a.duplicate, ...shifted(b.duplicate, a.events)],
      stale: [...a.stale, ...shifted(b.stale, a.events)],
    },
  ];
}

/** @param batch with one event, or none. */
async function setAside(dead: DeadLetterStore, batch: TerminalBatch, fault: unknown): Promise<SettledOrAside> {
  const { batchId, events } = batch;
  await dead.add(letterOfBatch(batch, reasonOf(fault)));
  const stale = events.map((_, position) => position);
  const verdict = { batchId, events: events.length, duplicate: [], stale };
  return { ...nothingSettled, verdicts: [verdict], setAside: Math.max(1, events.length) };
}
