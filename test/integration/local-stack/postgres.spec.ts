/** Goal: PostgreSQL comes up from whatever binaries there are, and refuses what it cannot carry on with. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type RunningServer } from '#local-stack';
import { makeTestFolder, type TestFolder } from '#test-kit';

let folder: TestFolder;
let server: RunningServer | null;

beforeEach(() => {
  folder = makeTestFolder('local-postgres');
  server = null;
});
afterEach(async () => {
  await server?.stop();
  folder.remove();
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

test('with no PostgreSQL installed the one from the npm package serves', async () => {
  server = await startPostgres({ stateDir: folder.path, find: { only: 'embedded' } });
  expect(server.detail).toMatch(/^embedded \d+/);
  expect(await rowsOf(server.url, "select current_setting('data_checksums'), current_setting('fsync')")).toEqual([
    ['on', 'on'],
  ]);
}, 60_000);

test('it listens on loopback only, and wants the password', async () => {
  server = await startPostgres({ stateDir: folder.path });
  const settings = "select current_setting('listen_addresses'), current_setting('unix_socket_directories')";
  expect(await rowsOf(server.url, settings)).toEqual([['127.0.0.1', '']]);
  await expect(rowsOf(server.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(
    'password authentication failed',
  );
  expect(statSync(join(folder.path, 'postgres.secret')).mode & 0o777).toBe(0o600);
}, 60_000);

test('a data folder of a version that is not here is refused with the remedy, and stays as it is', async () => {
  const data = join(folder.path, 'postgres', 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'PG_VERSION'), '9\n');
  await expect(startPostgres({ stateDir: folder.path })).rejects.toThrow(
    /PostgreSQL 9, which made the data folder.*--state-dir/,
  );
  expect(readFileSync(join(data, 'PG_VERSION'), 'utf8')).toBe('9\n');
});

test('an interrupted first start leaves nothing that the next would stumble over', async () => {
  const draft = join(folder.path, 'postgres', 'data.draft');
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'PG_VERSION'), 'half');
  server = await startPostgres({ stateDir: folder.path });
  expect(await rowsOf(server.url, 'select 1')).toEqual([[1]]);
  rmSync(draft, { recursive: true, force: true });
}, 60_000);
