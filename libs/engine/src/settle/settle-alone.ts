import { setTimeout as sleep } from 'node:timers/promises';
import { jobId, type BatchVerdicts, type TerminalBatch } from '#contracts';
import type { DeadLetterStore } from '../ports/dead-letter-store.js';
import type { BatchInHand, InHandStep, InHandStore } from '../ports/in-hand-store.js';
import type { SettleStore } from '../ports/settle-store.js';
import { letterOfBatch } from './letter-of-batch.js';
import { nextStep } from './part-to-try.js';
import { settleBatches } from './settle-batches.js';
import { againMs, rememberOrSetAside, triesMax } from './settle-or-set-aside.js';
import { isAroundUs, joined, nothingSettled, reasonOf, shifted, type SettledOrAside } from './settled-or-aside.js';

export interface AlonePorts {
  settles: SettleStore;
  dead: DeadLetterStore;
  inHand: InHandStore;
  /** This process, in this life. */
  holder: string;
}

/** How far a batch is, and what the last step came to. */
interface Done {
  at: BatchInHand;
  settled: Omit<SettledOrAside, 'verdicts'>;
}

/**
 * Settles a batch that processes died with: whole if that goes, else in parts, down to the event that kills. Each part is
 * noted before it is tried, so a process that dies of it tells the next one where to go on. The note stays.
 * @param batch in the partition that its message came in
 * @param start where the last process left it
 * @throws StoreUnavailable, StoreUnfit as settleOrSetAside()
 */
export async function settleAlone(
  ports: AlonePorts,
  batch: TerminalBatch,
  start: BatchInHand,
): Promise<SettledOrAside> {
  const { batchId, events } = batch;
  const parts: Done['settled'][] = [];
  let at = start;
  for (let next = nextStep(events.length, at); next.do !== 'end'; next = nextStep(events.length, at)) {
    const done =
      next.do === 'try' ? await tryPart(ports, batch, at, next.end) : await setAside(ports, batch, at, killed(at));
    parts.push(done.settled);
    at = done.at;
  }
  const verdict: BatchVerdicts = { batchId, events: events.length, duplicate: at.duplicate, stale: at.stale };
  await rememberOrSetAside(ports.settles, ports.dead, batch, [verdict]);
  return joined(parts, [verdict]);
}

const killed = ({ deaths }: BatchInHand): string =>
  `it killed its process: ${deaths} died with its batch in hand, the last ones with it alone`;

/** A part that is refused is cut as one that kills, without a death. */
async function tryPart(ports: AlonePorts, batch: TerminalBatch, at: BatchInHand, end: number): Promise<Done> {
  const { digest, settled: from, killedEnd } = at;
  if (end - from === 1) await settleProbe(ports, batch.partition);
  await ports.inHand.begin(ports.holder, { digest, from, end, killedEnd });
  for (let tries = 1; ; tries += 1) {
    try {
      return await settlePart(ports, batch, at, end);
    } catch (fault) {
      if (isAroundUs(fault)) throw fault;
      if (end - from > 1) return { at: { ...at, killedEnd: end }, settled: nothingSettled };
      if (tries >= triesMax) return setAside(ports, batch, at, reasonOf(fault));
    }
    await sleep(againMs);
  }
}

async function settlePart(ports: AlonePorts, batch: TerminalBatch, at: BatchInHand, end: number): Promise<Done> {
  const { digest, settled: from } = at;
  const part = { ...batch, events: batch.events.slice(from, end) };
  let step: InHandStep = { ...{ digest, holder: ports.holder, from, to: end, setAside: 0 }, duplicate: [], stale: [] };
  const settled = await settleBatches(ports.settles, batch.partition, [part], {
    remember: false,
    besides: async (tx, [verdict]) => {
      const { duplicate = [], stale = [] } = verdict ?? {};
      step = { ...step, duplicate: shifted(duplicate, from), stale: shifted(stale, from) };
      await tx.advanceInHand(step);
    },
  });
  return { at: advanced(at, step), settled: { ...settled, setAside: 0 } };
}

/** The first event that is not settled goes to dead_letter, alone. */
async function setAside(ports: AlonePorts, batch: TerminalBatch, at: BatchInHand, reason: string): Promise<Done> {
  const { digest, settled: from, killedEnd } = at;
  await ports.inHand.begin(ports.holder, { digest, from, end: from + 1, killedEnd });
  await ports.dead.add(letterOfBatch({ ...batch, events: batch.events.slice(from, from + 1) }, reason));
  const to = from + 1;
  const step = { ...{ digest, holder: ports.holder, from, to, setAside: 1 }, duplicate: [], stale: [from] };
  await ports.inHand.advance(step);
  return { at: advanced(at, step), settled: { ...nothingSettled, setAside: 1 } };
}

const advanced = (at: BatchInHand, { to, duplicate, stale, setAside: more }: InHandStep): BatchInHand => ({
  ...at,
  settled: to,
  deathsAlone: 0,
  duplicate: [...at.duplicate, ...duplicate],
  stale: [...at.stale, ...stale],
  setAside: at.setAside + more,
});

/** No workflow is ever numbered so, nor a job. The number of partitions, a power of two, divides it. */
const strangersNo = 2n ** 62n;
const strangersOrdinal = 2 ** 31 - 1;

/** A process that dies of whatever it settles dies of this, before it has noted that the event of a job is in hand. */
async function settleProbe({ settles }: AlonePorts, partition: number): Promise<void> {
  await settleBatches(settles, partition, [probeOf(partition)], { remember: false });
}

/** The end of a job that is not there: it changes nothing, and takes the way of all others. */
function probeOf(partition: number): TerminalBatch {
  const job = jobId(String(strangersNo + BigInt(partition)), strangersOrdinal);
  return {
    ...{ batchId: '00000000-0000-0000-0000-000000000000', session: '0', partition, leases: [{ id: '0', token: '' }] },
    events: [{ lease: 0, job, attempt: 1, outcome: 'finished', endedAtMs: 0 }],
  };
}
