// Goal: a database of an older version, with work in it, becomes the one of today; also where migrations came in another order
// than their numbers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { Database, migrate, PostgresLimitStore, PostgresSpaceStore } from '#adapter-postgres';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '#test-kit';
import { dumpSchema } from './schema/dump-schema.js';
import { schemaFile } from './schema/schema-file.js';

const folder = 'libs/adapter-postgres/sql/migrations';
const files = readdirSync(folder).sort();
const numberOf = (file: string): number => Number(file.slice(0, 4));

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 60_000);
afterAll(() => postgres.stop(), 60_000);

/** A database with these migrations alone, as `migrate` of another time left it. */
async function databaseWith(migrations: readonly string[]): Promise<{ database: TestDatabase; client: pg.Client }> {
  const database = await postgres.createTestDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query(`drop schema public cascade; create schema public;
    create table migration (id serial constraint "PK_3043fc6b8af7c99b8b98830094f" primary key,
      "timestamp" bigint not null, name character varying not null)`);
  for (const file of migrations) {
    await client.query(readFileSync(join(folder, file), 'utf8'));
    const timestamp = 1_760_000_000_000 + numberOf(file);
    const name = `${file.replace(/\.sql$/, '')}${timestamp}`;
    await client.query('insert into migration ("timestamp", name) values ($1, $2)', [timestamp, name]);
  }
  return { database, client };
}

async function migrated<T>(url: string, look: (database: Database, ran: string[]) => Promise<T>): Promise<T> {
  const database = await Database.connect({ url, name: 'upgrade', connectionsMax: 2, planning: 'free' });
  try {
    const { ran } = await migrate(database);
    return await look(database, ran);
  } finally {
    await database.close();
  }
}

/** Columns that were added in another order stand in another order. */
const linesOf = (schema: string): string[] =>
  schema
    .split('\n')
    .map((line) => line.replace(/,$/, ''))
    .sort();

const schemaOf = async (client: pg.Client): Promise<string[]> => linesOf(await dumpSchema(client));
const today = linesOf(readFileSync(schemaFile, 'utf8'));

test('a database from before the audit log, with workflows, limits and a running job, is brought to today', async () => {
  const older = files.filter((file) => numberOf(file) <= 35);
  const { database, client } = await databaseWith(older);
  await client.query(olderRows);
  await migrated(database.url, async (on, ran) => {
    expect(ran).toHaveLength(files.length - older.length);
    const { spaces } = { spaces: await new PostgresSpaceStore(on).list({ visible: null, after: null, rows: 10 }) };
    expect(spaces.map(({ name, quotas }) => [name, quotas.runningCores])).toEqual([
      ['capped', 8],
      ['default', null],
      ['limited', 3],
    ]);
    const limits = await new PostgresLimitStore(on).list({ visible: null, subject: '' });
    const told = limits.map(({ kind, name, capJobs, capCores, usedJobs, usedCores }) => {
      return [`${kind}:${name}`, capJobs, capCores, usedJobs, usedCores];
    });
    expect(told).toEqual([
      ['space:capped', null, 8, 1, 2],
      ['space:limited', 7, 3, 0, 0],
      ['user:ann', 5, null, 1, 2],
      ['user:ann@https://iam.example.org/', 5, null, 0, 0],
    ]);
    expect((await migrate(on)).ran).toEqual([]);
  });
  expect(await schemaOf(client)).toEqual(today);
  await client.end();
}, 60_000);

test.each([47, 48, 49])(
  'migration %i may come behind those that have larger numbers',
  async (late) => {
    const { database, client } = await databaseWith(files.filter((file) => numberOf(file) !== late));
    await migrated(database.url, (_, ran) => {
      expect(ran.map(numberOf)).toEqual([late]);
      return Promise.resolve();
    });
    expect(await schemaOf(client)).toEqual(today);
    await client.end();
  },
  60_000,
);

const olderRows = `
select make_partition_range(0);
insert into space (name, running_cores_max) values ('capped', 8), ('limited', 3);
insert into limit_use (kind, name, cap_jobs, granted_jobs, granted_millicores)
  values ('user', 'ann', 5, 1, 2000), ('space', 'limited', 7, 0, 0);
insert into limit_ended (limit_id, partition) select u.id, p from limit_use u, generate_series(0, 15) p;
insert into ready_class (id, key, transform, cores, memory_mib, gpus, disk_mib, sites, mode, space, owner)
  values (1, 'k', 'noop', 2, 1, 0, 0, '{}', 'auto', 'capped', 'ann');
insert into workflow (id, public_id, space, owner_issuer, owner_subject, name, header, state, upload_state, job_count)
  values (1, 'w-aaaaaaaaaa', 'capped', 'local', 'ann', 'n', '{}', 'running', 'sealed', 1),
    (2, 'w-bbbbbbbbbb', 'default', 'https://iam.example.org/', 'ann', 'n', '{}', 'done', 'sealed', 1);
insert into workflow_control (workflow_id) values (1), (2);
insert into task (workflow_id, ordinal, label, template_name, template, class_id, priority, retries, infra_retries, total)
  values (1, 0, 'l', 't', '{}', 1, 500, 0, 10, 1);
insert into session (site, worker, cores, memory_mib, tags, transforms) values ('S', 'w', 2, 1024, '{}', '{noop@1}');
insert into lease (id, session_id, request_id, token, open, workflow_ids, ordinals, attempts)
  values (1, 1, 'r', 't', 1, '{1}', '{0}', '{1}');
insert into job (workflow_id, ordinal, task, kind, name) values (1, 0, 0, 0, 'j');
insert into job_state (workflow_id, ordinal, task, parents_left, state, attempt, lease_id) values (1, 0, 0, 0, 2, 1, 1)`;
