// Goal: whoever hangs with a lock, a statement or a connection of ours is cut off, and that counts as PostgreSQL being away.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database, type Planning, type Transaction } from '#adapter-postgres';
import { StoreUnavailable } from '#engine';
import { EngineRig, startTestPostgres, type TestDatabase, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  testDatabase = await postgres.createTestDatabase();
  database = await connect('hot');
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

const connect = (planning: Planning): Promise<Database> =>
  Database.connect({ url: testDatabase.url, name: 'limits', connectionsMax: 2, planning });

const shown = async (tx: Transaction, setting: string): Promise<unknown> =>
  (await tx.client.query<{ value: string }>('select current_setting($1) as value', [setting])).rows[0]?.value;

const within = (work: (tx: Transaction) => Promise<unknown>): Promise<unknown> => database.transaction('trial', work);

test.each(['hot', 'free'] as const)(
  'connections for %s statements have the limits that keep faults short',
  async (planning) => {
    const own = await connect(planning);
    const settings: Record<string, string> = {
      synchronous_commit: 'on',
      idle_in_transaction_session_timeout: '30s',
      lock_timeout: '5s',
      statement_timeout: '30s',
      client_connection_check_interval: '5s',
      tcp_user_timeout: '15000',
      tcp_keepalives_idle: '10',
      tcp_keepalives_interval: '2',
      tcp_keepalives_count: '3',
    };
    const values = await own.transaction('show', async (tx) => {
      const found: [string, unknown][] = [];
      for (const setting of Object.keys(settings)) found.push([setting, await shown(tx, setting)]);
      return Object.fromEntries(found);
    });
    expect(values).toEqual(settings);
    await own.close();
  },
);

test('a statement that takes too long is a fault outside, to be tried again', async () => {
  const slow = within(async (tx) => {
    await tx.command("set local statement_timeout = '20ms'");
    await tx.command('select pg_sleep(60)');
  });
  await expect(slow).rejects.toMatchObject({ name: StoreUnavailable.name, retry: true, cause: { code: '57014' } });
});

test('a lock that is not to be had in time is a fault outside, and lets go of what it had', async () => {
  await within(async (tx) => {
    await tx.command('lock table lease');
    const waiting = within(async (other) => {
      await other.command("set local lock_timeout = '20ms'");
      await other.command('lock table session');
      await other.command('lock table lease');
    });
    await expect(waiting).rejects.toMatchObject({ name: StoreUnavailable.name, retry: true, cause: { code: '55P03' } });
    await tx.command('lock table session nowait');
  });
});

test('who sleeps in a transaction loses it and its locks, and can go on with the next', async () => {
  const asleep = within(async (tx) => {
    await tx.command("set local idle_in_transaction_session_timeout = '20ms'");
    await tx.command('lock table lease');
    await within((other) => other.command('lock table lease')); // waits until the first was cut off
    await sleep(200);
    await tx.command('select 1');
  });
  await expect(asleep).rejects.toMatchObject({ name: StoreUnavailable.name, retry: true });
  await within((tx) => tx.command('lock table lease nowait'));
});

test('statements on a whole chunk, step or workflow may take twice as long as a settle or a lease', async () => {
  const rig = await EngineRig.open(postgres);
  await rig.client.query(`
    create table limit_seen (at_table text, statement_timeout text, unique (at_table, statement_timeout));
    create function note_limit() returns trigger language plpgsql as $$
    begin
      insert into limit_seen values (tg_table_name, current_setting('statement_timeout')) on conflict do nothing;
      return null;
    end $$`);
  await rig.client.query(`
    create trigger note_limit after insert or update on job for each statement execute function note_limit();
    create trigger note_limit after insert or update on job_edge for each statement execute function note_limit();
    create trigger note_limit after insert or update on lease for each statement execute function note_limit();
    create trigger note_limit after insert or update on attempt for each statement execute function note_limit()`);
  const workflowNo = await rig.submit({ jobs: [{}, { parents: [0] }] });
  const session = await rig.register();
  await rig.end(session, await rig.lease(session, 1));
  await rig.cancel(workflowNo);
  expect(await rig.query('select at_table, statement_timeout from limit_seen order by 1, 2')).toEqual([
    ['attempt', '30s'],
    ['job', '1min'],
    ['job_edge', '1min'],
    ['lease', '30s'],
  ]);
  await rig.close();
});
