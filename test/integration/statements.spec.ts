// Goal: every statement of sql/queries fits the schema, no hot one ever reads a large table from end to end, and
// schema.sql says what the migrations make.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { Database, queries, type Statement } from '#adapter-postgres';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '#test-kit';
import { dumpSchema } from './schema/dump-schema.js';
import { fillLargeTables, largeRows, largeTables } from './schema/fill-large-tables.js';
import { planFaults, wholeWorkflows } from './schema/plan-faults.js';
import { schemaFile } from './schema/schema-file.js';

const statements: Statement[] = Object.values(queries);
const hot = statements.filter((statement) => /^-- hot$/m.test(statement.text));
const fillMsMax = 180_000;

let postgres: TestPostgres;
let testDatabase: TestDatabase;
let database: Database;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startTestPostgres();
  testDatabase = await postgres.createTestDatabase();
  client = new pg.Client(testDatabase.url);
  await client.connect();
  database = await Database.connect({ url: testDatabase.url, name: 'test', connectionsMax: 1, planning: 'hot' });
}, 60_000);

afterAll(async () => {
  try {
    await database.close();
    await client.end();
  } finally {
    await postgres.stop(); // also when the start of the others failed: else it keeps Jest alive
  }
}, 60_000);

/** Runs `work` with a statement prepared under the hot settings; forgets it afterwards. */
function prepared<T>(statement: Statement, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return database.transaction('prepare', async (tx) => {
    await tx.client.query(`prepare ${statement.name} as ${statement.text}`);
    const result = await work(tx.client);
    await tx.client.query(`deallocate ${statement.name}`);
    return result;
  });
}

test('schema.sql is what the migrations make; npm run schema writes it', async () => {
  expect(readFileSync(schemaFile, 'utf8')).toBe(await dumpSchema(client));
});

test('statements have names of their own, at most 63 characters as PostgreSQL keeps them', () => {
  const names = statements.map((statement) => statement.name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.length > 63)).toEqual([]);
});

test.each(statements.map((statement) => [statement.name, statement] as const))(
  'PREPARE %s',
  async (_name, statement) => {
    await expect(prepared(statement, () => Promise.resolve('prepared'))).resolves.toBe('prepared');
  },
);

test.each(hot.map((statement) => [statement.name, statement] as const))(
  '%s looks jobs up one by one, also where PostgreSQL knows nothing of them yet',
  async (_name, statement) => {
    const plan = await prepared(statement, (session) => explain(session, statement));
    expect(wholeWorkflows(plan, largeTables)).toEqual([]);
  },
);

describe(`over ${largeRows.toLocaleString('en')} rows in several partitions`, () => {
  beforeAll(() => fillLargeTables(client), fillMsMax);

  test('there are as many rows as promised', async () => {
    const { rows } = await client.query<{ table: string; rows: number; partitions: number }>(rowsSql, [
      largeTables.partitioned,
    ]);
    expect(rows.map((row) => row.table)).toEqual([...largeTables.partitioned].sort());
    for (const row of rows) {
      expect(row.rows).toBeGreaterThanOrEqual(largeRows * 0.99); // the planner's own estimate
      expect(row.partitions).toBeGreaterThanOrEqual(4);
    }
  });

  test('there are hot statements to judge', () => {
    expect(hot.length).toBeGreaterThan(10);
  });

  test.each(hot.map((statement) => [statement.name, statement] as const))(
    '%s goes by index only',
    async (_name, statement) => {
      const plan = await prepared(statement, (session) => explain(session, statement));
      expect(planFaults(plan, largeTables)).toEqual([]);
    },
  );

  test('a statement that reads a whole table is caught', async () => {
    const careless = [
      { name: 'careless_scan', text: 'select count(*) from job_state where parents_left = $1::int' },
      {
        name: 'careless_join',
        text: `update outbox o set confirmed_at = now() from unnest($1::smallint[], $2::bigint[]) as e(partition, seq)
          where o.partition = e.partition and o.seq = e.seq and o.confirmed_at is null`,
      },
      { name: 'careless_table', text: 'select count(*) from batch_seen where events = $1::int' },
    ];
    for (const statement of careless) {
      const plan = await prepared(statement, (session) => explain(session, statement));
      expect(planFaults(plan, largeTables)).not.toEqual([]);
    }
  });
});

/** The generic plan, as it is used for every call: the parameters are not looked at. */
async function explain(session: pg.ClientBase, statement: Statement): Promise<unknown> {
  const { rows: known } = await session.query<{ count: number }>(
    'select cardinality(parameter_types) as count from pg_prepared_statements where name = $1',
    [statement.name],
  );
  const params = Array.from({ length: known[0]?.count ?? 0 }, () => 'null').join(', ');
  const call = params === '' ? statement.name : `${statement.name}(${params})`;
  const { rows } = await session.query(`explain (format json) execute ${call}`);
  return Explained.parse(rows[0])['QUERY PLAN'];
}

const Explained = z.object({ 'QUERY PLAN': z.unknown() });

const rowsSql = `
select p.relname::text as table, sum(c.reltuples)::int as rows, count(*)::int as partitions
from pg_class p join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid
where p.relname = any ($1) and p.relkind = 'p'
group by p.relname
order by p.relname collate "C"`;
