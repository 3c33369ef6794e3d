// Goal: the watch of the fault suite sees what it is to see (I29, I16), and nothing else.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestPostgres, until, type TestDatabase, type TestPostgres } from '#test-kit';
import { rebuildFaults } from './outbox-sets.js';
import { TransactionWatch } from './transaction-watch.js';

let postgres: TestPostgres;
let database: TestDatabase;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await postgres.createTestDatabase();
}, 60_000);
afterAll(async () => {
  await database.drop();
  await postgres.stop();
});

async function connectAs(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, application_name: name });
  await client.connect();
  return client;
}

test('a transaction that a service leaves open is told with its age, those of others and short ones are not', async () => {
  const [service, stranger] = await Promise.all([connectAs('sluice-broker'), connectAs('psql')]);
  const watch = new TransactionWatch(database.url);
  try {
    await service.query('select 1');
    await Promise.all([service, stranger].map((client) => client.query('begin; select 42')));
    await until('it is seen', 20_000, () => watch.oldestSec > 2);
    expect(watch.faults(2)).toEqual([
      expect.stringMatching(/^I29: sluice-broker .* idle in transaction: .*select 42$/),
    ]);
    expect(watch.faults(1_000)).toEqual([]);
    await service.query('rollback');
    await sleep(1_000);
    const { oldestSec } = watch;
    await sleep(1_500);
    expect(watch.oldestSec).toBe(oldestSec);
  } finally {
    await watch.stop();
    await Promise.all([service.end(), stranger.end()]);
  }
}, 60_000);

test('a stream that was lost has again what was outstanding, and nothing that was confirmed', () => {
  const before = { confirmed: new Set(['1.1', '1.2']), outstanding: new Set(['1.3', '2.1']) };
  expect(rebuildFaults(before, new Set(['1.3', '2.1', '2.2']))).toEqual([]);
  expect(rebuildFaults(before, new Set(['2.1']))).toEqual(['I16: not told again: 1 events, 1.3']);
  expect(rebuildFaults(before, new Set(['1.2', '1.3', '2.1']))).toEqual([
    'I16: told again though they had been confirmed: 1 events, 1.2',
  ]);
});
