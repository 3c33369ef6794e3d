/**
 * Owns the way into settle of one process: what comes first is settled together; what comes again is noted before, since the
 * last process may have died of it.
 *
 * K1  A batch that comes for the first time costs nothing more.
 * K2  A death counts against a batch only when the process had noted that it has it in hand, and never said more. Who lives on
 *     takes its note back.
 * K3  A batch that is doubtful is tried alone: nothing else that came again, of whatever partition, is in hand of the process.
 * K4  Before an event is tried alone a probe is settled: only who survives that and dies of the event counts against it.
 * K5  What is settled of a batch is noted in the transaction that settles it: it is settled once, its verdicts are the first.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchVerdicts, TerminalBatch } from '#contracts';
import type { BatchInHand } from '../ports/in-hand-store.js';
import { AloneGate } from './alone-gate.js';
import { deathsToDoubt } from './part-to-try.js';
import { settleAlone, type AlonePorts } from './settle-alone.js';
import { settleOrSetAside } from './settle-or-set-aside.js';
import { joined, nothingSettled, type SettledOrAside } from './settled-or-aside.js';

/** What killed alone lets those go first that were only there when it did, for so long. */
const laterMsUsual = 300;

/** A batch that is tried alone from here on. */
export interface DoubtfulBatch {
  batchId: string;
  partition: number;
  events: number;
  deaths: number;
}

export interface SettleDeskPorts extends AlonePorts {
  /** Somebody should know. */
  onDoubt: (batch: DoubtfulBatch) => void;
  /** For tests: how long what killed waits for bystanders. */
  laterMs?: number;
}

export class SettleDesk {
  private readonly gate = new AloneGate();
  /** Batches that processes died with: a copy of one may come for the first time. */
  private doubtful: Promise<Set<string>> | null = null;

  constructor(private readonly ports: SettleDeskPorts) {}

  /**
   * settleOrSetAside() for a process that may die of it.
   * @param options again: they, or some of them, were handed to a process before that said nothing of them.
   * @throws StoreUnavailable, StoreUnfit as settleOrSetAside()
   */
  async settle(partition: number, batches: TerminalBatch[], { again }: { again: boolean }): Promise<SettledOrAside> {
    const doubtful = await this.knownDoubtful();
    if (again || (doubtful.size > 0 && batches.some(({ batchId }) => doubtful.has(batchId))))
      return this.settleNoted(partition, batches);
    const { settles, dead } = this.ports;
    return settleOrSetAside(settles, dead, partition, batches); // K1
  }

  private async settleNoted(partition: number, batches: TerminalBatch[]): Promise<SettledOrAside> {
    const own = batches.map((batch) => ({ ...batch, partition }));
    const digests = own.map(digestOf);
    const byDigest = new Map(own.map((batch, position) => [digests[position] ?? '', batch]));
    const verdicts = new Map<string, BatchVerdicts>();
    try {
      const { settled, doubtful } = await this.gate.shared(() => this.settleTogether(partition, byDigest, verdicts));
      const parts = [settled];
      for (const hand of doubtful) parts.push(await this.settleDoubtful(hand, byDigest, verdicts));
      await this.forget(doubtful.map(({ digest }) => digest)); // not before: the next one may kill, and all come again
      return joined(
        parts,
        digests.map((digest) => verdictOf(digest, verdicts)),
      );
    } catch (fault) {
      // K2. Where this can't be said either, whoever takes them next counts one death too many.
      await this.ports.inHand.letGo(this.ports.holder, digests).catch(() => undefined);
      throw fault;
    }
  }

  /** @returns besides the batches that are doubtful: those that fewest died with come first, else as they came. */
  private async settleTogether(
    partition: number,
    batches: ReadonlyMap<string, TerminalBatch>,
    verdicts: Map<string, BatchVerdicts>,
  ): Promise<{ settled: SettledOrAside; doubtful: BatchInHand[] }> {
    const { settles, dead, inHand, holder } = this.ports;
    const named = [...batches].map(([digest, { batchId }]) => ({ digest, batchId }));
    const hands = new Map((await inHand.take({ holder, partition }, named)).map((hand) => [hand.digest, hand]));
    const doubtful = named
      .flatMap(({ digest }) => hands.get(digest) ?? [])
      .filter(({ deaths }) => deaths >= deathsToDoubt)
      .sort((a, b) => a.deaths - b.deaths);
    const apart = new Set(doubtful.map(({ digest }) => digest));
    const together = named.map(({ digest }) => digest).filter((digest) => !apart.has(digest));
    if (together.length === 0) return { settled: { ...nothingSettled, verdicts: [] }, doubtful };
    const plain = together.flatMap((digest) => batches.get(digest) ?? []);
    const settled = await settleOrSetAside(settles, dead, partition, plain);
    settled.verdicts.forEach((verdict, position) => verdicts.set(together[position] ?? '', verdict));
    await this.forget(together);
    return { settled, doubtful };
  }

  /** They are settled whether it can be written down or not: rows that are left go by their age. */
  private async forget(digests: readonly string[]): Promise<void> {
    if (digests.length > 0) await this.ports.inHand.forget(digests).catch(() => undefined);
  }

  /** K3 */
  private async settleDoubtful(
    hand: BatchInHand,
    batches: ReadonlyMap<string, TerminalBatch>,
    verdicts: Map<string, BatchVerdicts>,
  ): Promise<SettledOrAside> {
    const batch = batches.get(hand.digest);
    if (!batch) throw new Error(`batch ${hand.digest} was taken, and is not in hand`);
    const { batchId, partition, events } = batch;
    if (hand.settled < events.length) {
      (await this.knownDoubtful()).add(batchId);
      this.ports.onDoubt({ batchId, partition, events: events.length, deaths: hand.deaths });
      if (hand.deaths > deathsToDoubt) await sleep(this.ports.laterMs ?? laterMsUsual);
    }
    const settled = await this.gate.alone(() => settleAlone(this.ports, batch, hand));
    const [verdict] = settled.verdicts;
    if (verdict) verdicts.set(hand.digest, verdict);
    return settled;
  }

  /** Asked once: what this process does not find out itself it learns when a batch comes again. */
  private async knownDoubtful(): Promise<Set<string>> {
    this.doubtful ??= this.ports.inHand.doubtful().then((batchIds) => new Set(batchIds));
    try {
      return await this.doubtful;
    } catch (fault) {
      this.doubtful = null;
      throw fault;
    }
  }
}

function verdictOf(digest: string, verdicts: ReadonlyMap<string, BatchVerdicts>): BatchVerdicts {
  const verdict = verdicts.get(digest);
  if (!verdict) throw new Error(`batch ${digest} was settled without a verdict`);
  return verdict;
}

/** A batch that a worker sends again is the same, whatever message it comes in. */
const digestOf = (batch: TerminalBatch): string => createHash('sha256').update(JSON.stringify(batch)).digest('hex');
