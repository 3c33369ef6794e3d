import type { PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';
import { partitionCount } from '#contracts';
import type { Database } from './database.js';
import { storeFault } from './store-fault.js';
import { ownerLock } from './partition-lock.js';

/** Second key of the shared lock that every transformer holds, so that they can count each other. */
const presenceKey = 1_000;

const countOwners = {
  name: 'claims_count',
  text: `select count(*)::int from pg_locks
    where locktype = 'advisory' and classid = ${ownerLock} and objid = ${presenceKey} and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database())`,
};
const tryLocks = {
  name: 'claims_try',
  text: `select p from unnest($1::int[]) as p where pg_try_advisory_lock(${ownerLock}, p) limit $2`,
};
const unlock = {
  name: 'claims_unlock',
  text: `select pg_advisory_unlock(${ownerLock}, p) from unnest($1::int[]) as p`,
};

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
      const [count] = (await client.query<{ count: number }>(countOwners)).rows;
      const fair = Math.ceil(partitionCount / Math.max(1, count?.count ?? 1));
      if (this.owned.size < fair) await this.claim(client, fair - this.owned.size);
      const owned = [...this.owned];
      return { owned, surplus: owned.slice(fair) };
    } catch (cause) {
      await this.close();
      throw storeFault('claim partitions', cause);
    }
  }

  async give(partitions: number[]): Promise<void> {
    for (const partition of partitions) this.owned.delete(partition);
    const client = await this.connected();
    await client.query({ ...unlock, values: [partitions] });
  }

  /** Lets everything go. */
  async close(): Promise<void> {
    this.owned = new Set();
    const runner = this.runner;
    this.runner = null;
    if (!runner) return;
    const client = (await runner.connect()) as PoolClient;
    await client.query('select pg_advisory_unlock_all()').catch(() => undefined); // a lost connection holds no lock
    await runner.release();
  }

  private async claim(client: PoolClient, wanted: number): Promise<void> {
    const others = Array.from({ length: partitionCount }, (_, partition) => partition).filter(
      (partition) => !this.owned.has(partition),
    );
    const { rows } = await client.query<{ p: number }>({ ...tryLocks, values: [others, wanted] });
    for (const row of rows) this.owned.add(row.p);
  }

  private async connected(): Promise<PoolClient> {
    if (this.runner) return (await this.runner.connect()) as PoolClient;
    const runner = this.database.dataSource.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    await client.query(`select pg_advisory_lock_shared(${ownerLock}, ${presenceKey})`);
    this.runner = runner;
    this.owned = new Set();
    return client;
  }
}
