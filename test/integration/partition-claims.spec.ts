// Goal: every transformer has its part of the partitions, however many there are of them, and every partition one of them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Database, PartitionClaims } from '#adapter-postgres';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let database: TestDatabase;
const opened: Database[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createTestDatabase();
}, 60_000);
afterAll(async () => {
  for (const each of opened) await each.close();
  await postgres?.stop();
}, 60_000);

/** As many as a transformer has: one. */
async function claims(): Promise<PartitionClaims> {
  const own = await Database.connect({ url: database.url, name: 'claims', connectionsMax: 1, planning: 'free' });
  opened.push(own);
  return new PartitionClaims(own);
}

/** One look of each, in turn. @returns how many each owns then */
async function lookAround(all: readonly PartitionClaims[]): Promise<number[]> {
  const counts: number[] = [];
  for (const each of all) {
    const { owned, surplus } = await each.balance();
    await each.give(surplus);
    counts.push(owned.length - surplus.length);
  }
  return counts;
}

test('5 transformers that come one after the other have 3 or 4 of 16 partitions each, and what one leaves the others take', async () => {
  const all: PartitionClaims[] = [];
  for (let no = 0; no < 5; no += 1) {
    all.push(await claims());
    await lookAround(all);
  }
  await lookAround(all);
  expect((await lookAround(all)).sort()).toEqual([3, 3, 3, 3, 4]);
  await all.pop()?.close();
  await lookAround(all);
  expect(await lookAround(all)).toEqual([4, 4, 4, 4]);
}, 60_000);
