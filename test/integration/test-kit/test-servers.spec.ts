/** Goal: the servers that integration tests run on are real, apart from each other, and gone afterwards. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import pg from 'pg';
import { connectNats } from '#adapter-nats';
import { startTestNats, startTestPostgres, type TestNats, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let nats: TestNats;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
}, 60_000);

afterAll(async () => {
  await Promise.all([postgres.stop(), nats.stop()]);
});

async function rowsOf(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

async function streamsOf(url: string): Promise<string[]> {
  const connection = await connectNats({ natsUrl: url, name: 'test' });
  const names = await (await jetstreamManager(connection)).streams.names().next();
  await connection.close();
  return names;
}

test('two test databases have the schema and do not see each other', async () => {
  const [one, other] = await Promise.all([postgres.createTestDatabase(), postgres.createTestDatabase()]);
  await rowsOf(one.url, 'create table mine (answer int)');
  expect(await rowsOf(other.url, "select to_regclass('mine'), to_regclass('workflow')")).toEqual([[null, 'workflow']]);
  await Promise.all([one.drop(), other.drop()]);
  await expect(rowsOf(one.url, 'select 1')).rejects.toThrow('does not exist');
});

test('the database server is as in production: commits last, pages have checksums', async () => {
  const database = await postgres.createTestDatabase();
  const settings =
    "select current_setting('fsync'), current_setting('synchronous_commit'), current_setting('data_checksums')";
  expect(await rowsOf(database.url, settings)).toEqual([['on', 'on', 'on']]);
  await database.drop();
});

test('a restart keeps the data and the address', async () => {
  const database = await postgres.createTestDatabase();
  await rowsOf(database.url, 'create table kept as select 42 as answer');
  await postgres.restart();
  expect(await rowsOf(database.url, 'select answer from kept')).toEqual([[42]]);
  await database.drop();
});

test('streams outlive a restart, and only a wipe takes them', async () => {
  const connection = await connectNats({ natsUrl: nats.url, name: 'test' });
  await (await jetstreamManager(connection)).streams.add({ name: 'KEPT', subjects: ['kept.>'] });
  await connection.close();
  await nats.restart({ wiped: false });
  expect(await streamsOf(nats.url)).toEqual(['KEPT']);
  await nats.restart({ wiped: true });
  expect(await streamsOf(nats.url)).toEqual([]);
});
