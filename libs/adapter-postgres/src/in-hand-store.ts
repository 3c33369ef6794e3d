import {
  type BatchInHand,
  deathsToDoubt,
  type InHandStep,
  type InHandStore,
  type PartInHand,
  StoreUnavailable,
} from '#engine';
import { listed, numbers, texts } from './array-literal.js';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

/** Doubtful batches are few; should there be more, those left out are found out again. */
const doubtfulMax = 10_000;

type InHandRow = [
  ...[digest: string, deaths: number, settled: number, killedEnd: number | null, deathsAlone: number],
  ...[setAside: number, duplicate: string, stale: string],
];

/** Batches in hand in PostgreSQL: the statements of sql/queries/in_hand. */
export class PostgresInHandStore implements InHandStore {
  constructor(private readonly database: Database) {}

  async take(
    { holder, partition }: { holder: string; partition: number },
    batches: readonly { digest: string; batchId: string }[],
  ): Promise<BatchInHand[]> {
    const rows = await this.database.run<InHandRow>(queries.inHandTake, [
      ...[holder, partition],
      texts(batches.map(({ digest }) => digest)),
      texts(batches.map(({ batchId }) => batchId)),
      deathsToDoubt,
    ]);
    return rows.map(([digest, deaths, settled, killedEnd, deathsAlone, setAside, duplicate, stale]) => ({
      ...{ digest, deaths, settled, killedEnd, deathsAlone, setAside },
      ...{ duplicate: listed(duplicate), stale: listed(stale) },
    }));
  }

  async begin(holder: string, { digest, from, end, killedEnd }: PartInHand): Promise<void> {
    const begun = await this.database.run(queries.inHandBegin, [digest, holder, from, end, killedEnd]);
    if (begun.length === 0) throw inOtherHands(digest);
  }

  advance(step: InHandStep): Promise<void> {
    return advanceInHand(this.database, step);
  }

  async letGo(holder: string, digests: readonly string[]): Promise<void> {
    await this.database.run(queries.inHandLetGo, [holder, texts(digests)]);
  }

  async forget(digests: readonly string[]): Promise<void> {
    await this.database.run(queries.inHandForget, [texts(digests)]);
  }

  async doubtful(): Promise<string[]> {
    const rows = await this.database.run<[string]>(queries.inHandDoubtful, [deathsToDoubt, doubtfulMax]);
    return rows.map(([batchId]) => batchId);
  }
}

/** @throws StoreUnavailable when another process has the batch in hand */
export async function advanceInHand(on: Pick<Transaction, 'run'>, step: InHandStep): Promise<void> {
  const { digest, holder, from, to, duplicate, stale, setAside } = step;
  const params = [digest, holder, from, to, numbers(duplicate), numbers(stale), setAside];
  if ((await on.run(queries.inHandAdvance, params)).length === 0) throw inOtherHands(digest);
}

/** It was taken from a process that stood still for long: what it does with it must not count. */
const inOtherHands = (digest: string): StoreUnavailable =>
  new StoreUnavailable('settle a batch alone', { cause: new Error(`batch ${digest} is in other hands by now`) });
