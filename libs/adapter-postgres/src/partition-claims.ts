import type { PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';
import { partitionCount } from '#contracts';
import type { Database } from './database.js';
import * as queries from './generated/queries.js';
import { clientFault } from './store-fault.js';
import { ownerLock } from './partition-lock.js';

/** Second key of the shared lock that every transformer holds, so that they can count each other. */
const presenceKey = 1_000;
/** A transformer that says nothing for so long owns nothing any more, in milliseconds. It looks at what it owns every 2 s. */
const silentMsMax = 8_000;

/** How many transformers are there, and how many of them come first where partitions can't be divided evenly. */
interface Presence {
  count: number;
  before: number;
}

/** What all have adds up to all partitions: nobody who has one too few waits for somebody who has not one too many. */
const fairPart = ({ count, before }: Presence): number =>
  Math.floor(partitionCount / count) + (before < partitionCount % count ? 1 : 0);

/**
 * Which partitions this process owns: advisory locks on a connection of its own, gone the moment the process or the
 * connection is. Ownership only spreads the work; what is right is guarded by the lock inside each transaction.
 */
export class PartitionClaims {
  private runner: QueryRunner | null = null;
  private owned = new Set<number>();

  constructor(private readonly database: Database) {}

  /**
   * Claims free partitions up to a fair part, counts what is over it.
   * @returns partitions gained now, and those to give() back once nothing of theirs is in hand.
   * @throws StoreUnavailable when the connection is lost: then nothing is owned any more.
   */
  async balance(): Promise<{ owned: number[]; surplus: number[] }> {
    try {
      const client = await this.connected();
      const [count] = (await client.query<Presence>({ ...queries.claimCount, values: [ownerLock, presenceKey] })).rows;
      const fair = fairPart(count ?? { count: 1, before: 0 });
      if (this.owned.size < fair) await this.claim(client, fair - this.owned.size);
      const owned = [...this.owned];
      return { owned, surplus: owned.slice(fair) };
    } catch (cause) {
      await this.close();
      throw clientFault('claim partitions', cause);
    }
  }

  async give(partitions: number[]): Promise<void> {
    for (const partition of partitions) this.owned.delete(partition);
    const client = await this.connected();
    await client.query({ ...queries.claimGive, values: [ownerLock, partitions] });
  }

  /** Lets everything go. */
  async close(): Promise<void> {
    this.owned = new Set();
    const runner = this.runner;
    this.runner = null;
    if (!runner) return;
    try {
      const client = (await runner.connect()) as PoolClient;
      await client.query('select pg_advisory_unlock_all(); reset idle_session_timeout');
      await runner.release();
    } catch {
      // A lost connection holds no lock, and TypeORM has released its runner.
    }
  }

  private async claim(client: PoolClient, wanted: number): Promise<void> {
    const others = Array.from({ length: partitionCount }, (_, partition) => partition).filter(
      (partition) => !this.owned.has(partition),
    );
    const { rows } = await client.query<{ p: number }>({ ...queries.claimTry, values: [ownerLock, others, wanted] });
    for (const row of rows) this.owned.add(row.p);
  }

  private async connected(): Promise<PoolClient> {
    if (this.runner) return (await this.runner.connect()) as PoolClient;
    const runner = this.database.dataSource.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    await client.query({ ...queries.claimPresence, values: [ownerLock, presenceKey, silentMsMax] });
    this.runner = runner;
    this.owned = new Set();
    return client;
  }
}
