import { streams, type BatchVerdicts, type TerminalBatch } from '#contracts';
import { StoreUnavailable } from '../faults.js';
import type { DeadLetterStore } from '../ports/dead-letter-store.js';
import type { SettleStore } from '../ports/settle-store.js';
import { settleBatches, type Settled } from './settle-batches.js';

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
    const halves = halve(batches);
    if (halves) {
      const first = await settleOrSetAside(store, dead, partition, halves[0]);
      return join(first, await settleOrSetAside(store, dead, partition, halves[1]), batches);
    }
    return setAside(dead, partition, batches, fault);
  }
}

/** Two lists of batches, or one batch cut in two; null when a single event is left. */
function halve(batches: TerminalBatch[]): [TerminalBatch[], TerminalBatch[]] | null {
  if (batches.length > 1) {
    const middle = batches.length >> 1;
    return [batches.slice(0, middle), batches.slice(middle)];
  }
  const [batch] = batches;
  if (!batch || batch.events.length < 2) return null;
  const middle = batch.events.length >> 1;
  return [[{ ...batch, events: batch.events.slice(0, middle) }], [{ ...batch, events: batch.events.slice(middle) }]];
}

function join(first: SettledOrAside, second: SettledOrAside, batches: TerminalBatch[]): SettledOrAside {
  const waits = [first.heldSec, second.heldSec].flatMap((sec) => sec ?? []);
  return {
    verdicts: joinVerdicts(first.verdicts, second.verdicts, batches),
    classes: [...new Set([...first.classes, ...second.classes])],
    applied: first.applied + second.applied,
    heldSec: waits.length > 0 ? Math.min(...waits) : null,
    setAside: first.setAside + second.setAside,
  };
}

/** Of one batch cut in two, the second half's positions count on from the first's. */
function joinVerdicts(first: BatchVerdicts[], second: BatchVerdicts[], batches: TerminalBatch[]): BatchVerdicts[] {
  const [a] = first;
  const [b] = second;
  if (batches.length !== 1 || !a || !b) return [...first, ...second];
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

async function setAside(
  dead: DeadLetterStore,
  partition: number,
  batches: TerminalBatch[],
  fault: unknown,
): Promise<SettledOrAside> {
  const reason = fault instanceof Error ? fault.message : String(fault);
  await dead.add({ stream: streams.terminal, partition, body: JSON.stringify(batches), reason });
  const verdicts = batches.map(({ batchId, events }): BatchVerdicts => {
    return { batchId, events: events.length, duplicate: [], stale: events.map((_, position) => position) };
  });
  const events = batches.reduce((sum, batch) => sum + batch.events.length, 0);
  return { verdicts, classes: [], applied: 0, heldSec: null, setAside: events };
}
