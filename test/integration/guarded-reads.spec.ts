// Goal: row-level security is a wall of its own. A statement that forgot to ask for the space, or is asked for a workflow that
// nobody looked up, tells a reader of another space nothing; and the reader writes nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import {
  Database,
  GuardedReads,
  migrate,
  PostgresReadStore,
  queries,
  readingAbout,
  readingFor,
  type Statement,
} from '#adapter-postgres';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '#test-kit';

const statements: readonly Statement[] = Object.values(queries);
const named = (name: string): Statement => {
  const found = statements.find((statement) => statement.name === name);
  if (!found) throw new Error(`no statement ${name}`);
  return found;
};

/** Workflow 1 is of space `ours`, workflow 2 of `theirs`; workflow 9 is nowhere. */
const foreign = '2';
const nowhere = '9';
const everyFingerprint = [['-9223372036854775808'], ['9223372036854775807']];
const noConditions = ['{"names":[],"labels":[]}', null, null, null, null, null, []];

/** How each statement of one workflow is asked about it. */
const ofOneWorkflow: Record<string, (workflowNo: string) => unknown[]> = {
  read_alike_jobs: (no) => [no, -1, 10, ...everyFingerprint, null, null, null, null, null, []],
  read_alike_ordinals: (no) => [no, ...everyFingerprint, 10],
  read_attempts: (no) => [no, 0, 10, null],
  read_document: (no) => [no],
  read_document_jobs: (no) => [no, 0, 10, 100_000],
  read_error_groups: (no) => [no, null, null, null, null, null, null, 10, 10, null, [], null, null, null],
  read_group_samples: (no) => [no, ['7'], [0]],
  read_job: (no) => [no, 0],
  read_job_by_name: (no) => [no, 'job0', null],
  read_jobs: (no) => [no, -1, 10, null, null, null, null, null, null, null, 10, []],
  read_jobs_named: (no) => [no, ['job0', 'label/job1']],
  read_last_ordinal: (no) => [no],
  read_observed: (no) => [no, 0, 10],
  read_parent_pack: (no) => [no, 0],
  read_parents: (no) => [no, 1, 10],
  read_root_failure: (no) => [no, 1],
  read_tasks_of_labels: (no) => [no, ['label']],
  keep_archived: (no) => [no],
  seal_names: (no) => [no, [0, 1]],
  events_of_workflow: (no) => [no, '0', null, null, 10, null],
  wait_of_job: (no) => [no, 0],
  wait_pauses: (no) => [no, 0, new Date(0), new Date('2100-01-01'), 10],
};

/** How each statement that gives what is visible is asked by somebody who sees these spaces. */
const ofSpaces: Record<string, (visible: readonly string[]) => unknown[]> = {
  read_workflow: (visible) => ['w-bbbbbbbbbb', visible],
  read_workflow_by_name: (visible) => ['name of theirs', visible],
  read_workflow_by_pattern: (visible) => ['name of %', 10, visible],
  read_workflow_by_prefix: (visible) => ['w-', 10, visible],
  read_workflow_last: (visible) => [0, visible],
  read_workflow_page: (visible) => [null, null, null, 10, ...noConditions, visible],
  keep_ended: (visible) => ['0', 10, visible],
  keep_gone: (visible) => ['0', 10, visible],
  events_read: (visible) => [[1, 2], ['1', '1'], visible],
  wait_holders: (visible) => ['named', 'licence', 10, 10, visible],
};

/** What asks by a public id or by a class: without an id to compare there is nothing to take out. */
const byOtherNames: Record<string, [ours: unknown[], theirs: unknown[], none: unknown[]]> = {
  read_upload_header: [['w-aaaaaaaaaa'], ['w-bbbbbbbbbb'], ['w-nnnnnnnnnn']],
  read_classes: [[[1]], [[2]], [[9]]],
};

/** What tells of no workflow: workers and sites are seen by everybody who has a role anywhere. */
const ofNobody = ['read_closed_sites', 'read_nothing', 'read_sessions_of_sites', 'read_workers'];

/** Tables that are guarded by their space itself. */
const columnOfSpace: Record<string, string> = { workflow: 'space', ready_class: 'space', space: 'name' };

const spaceIsAsked = /(\$\d+::text\[\] is null or )(\w+\.space = any \(\$\d+\))/g;

let postgres: TestPostgres;
let testDatabase: TestDatabase;
let all: Database;
let reads: GuardedReads;

beforeAll(async () => {
  postgres = await startTestPostgres();
  testDatabase = await postgres.createTestDatabase();
  const { url } = testDatabase;
  all = await Database.connect({ url, name: 'test', connectionsMax: 2, planning: 'free' });
  reads = await GuardedReads.behind(all, { url, name: 'test-reader', connectionsMax: 2 });
  await sql(twoSpaces);
}, 60_000);

afterAll(async () => {
  try {
    await reads.close();
    await all.close();
  } finally {
    await postgres.stop();
  }
}, 60_000);

async function sql<R extends pg.QueryResultRow>(
  text: string,
  params?: unknown[],
  url = testDatabase.url,
): Promise<R[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<R>(text, params)).rows;
  } finally {
    await client.end();
  }
}

/** As somebody who has a role in space `ours` alone. */
const asOurs = (statement: Statement, params: unknown[]): Promise<unknown[]> =>
  readingFor(['ours'], () => reads.run(statement, params));

/** As the user that services connect as. */
const asEngine = (statement: Statement, params: unknown[]): Promise<unknown[]> => all.run(statement, params);

/** Times pass while we compare, and not every statement has an order. */
const lasting = (rows: unknown[]): string =>
  JSON.stringify(rows.map((row) => JSON.stringify(row).replace(/"20\d\d-[^"]*"/g, '"time"')).sort());

test.each(Object.entries(ofOneWorkflow))('%s of a foreign workflow tells what it tells of none', async (name, ask) => {
  const statement = named(name);
  const none = lasting(await asEngine(statement, ask(nowhere)));
  expect(lasting(await asEngine(statement, ask(foreign)))).not.toBe(none);
  expect(lasting(await asOurs(statement, ask(foreign)))).toBe(none);
  expect(lasting(await asOurs(statement, ask('1')))).toBe(lasting(await asEngine(statement, ask('1'))));
});

test.each(Object.entries(ofSpaces))(
  '%s without its condition on the space still tells of ours alone',
  async (name, ask) => {
    const statement = named(name);
    const ours = lasting(await asEngine(statement, ask(['ours'])));
    const careless = { name: `careless_${name}`, text: statement.text.replace(spaceIsAsked, '$1true') };
    expect(careless.text).not.toBe(statement.text);
    expect(lasting(await asEngine(careless, ask(['ours'])))).not.toBe(ours);
    expect(lasting(await asOurs(careless, ask(['ours'])))).toBe(ours);
  },
);

test.each(Object.entries(byOtherNames))('%s of what is foreign tells what it tells of none', async (name, asked) => {
  const [ours, theirs, none] = asked;
  const nothing = lasting(await asEngine(named(name), none));
  expect(lasting(await asEngine(named(name), theirs))).not.toBe(nothing);
  expect(lasting(await asOurs(named(name), theirs))).toBe(nothing);
  expect(lasting(await asOurs(named(name), ours))).not.toBe(nothing);
});

test('every statement of sql/queries/read is tried here, and the reader may run each', async () => {
  const files = readdirSync('libs/adapter-postgres/sql/queries/read').map((file) => file.replace(/\.sql$/, ''));
  const tried = [ofOneWorkflow, ofSpaces, byOtherNames].flatMap((each) => Object.keys(each));
  expect(files.filter((file) => ![...tried, ...ofNobody].includes(file))).toEqual([]);
  for (const name of ofNobody) {
    const params = name === 'read_sessions_of_sites' ? [['local']] : [];
    await expect(asOurs(named(name), params)).resolves.toBeDefined();
  }
});

test('gateway and monitor read through the wall: no store of theirs that reads workflows is given another way', () => {
  for (const file of ['gateway/gateway.module.ts', 'monitor/monitor.module.ts']) {
    const text = readFileSync(join('libs/nest-kit/src', file), 'utf8');
    const made = [...text.matchAll(/new Postgres(Read|Failure|Document|Event|Keep|Wait)Store\(([^)]*)\)/g)];
    expect(made.length).toBeGreaterThan(0);
    for (const [call] of made) expect(call).toMatch(/\((?:free, )?reads\)$/);
  }
});

test('statements of sql/queries/read are run by stores that take whatever reads they are given', () => {
  const folder = 'libs/adapter-postgres/src';
  const stores = readdirSync(folder).filter(
    (file) => file.endsWith('.ts') && /queries\.read[A-Z]/.test(readFileSync(join(folder, file), 'utf8')),
  );
  const others = stores.filter((file) => !/database: Reads\b/.test(readFileSync(join(folder, file), 'utf8')));
  expect(others).toEqual(['settle-store.ts']); // for decisions of the transformer
});

describe('the reader', () => {
  test('sees of each guarded table the rows of its spaces, and of no other table that tells of a workflow', async () => {
    const tables = await sql<{ table: string }>(`
      select distinct c.table_name as table
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.column_name in ('workflow_id', 'space')
        and has_any_column_privilege('sluice_reader', format('%I.%I', c.table_schema, c.table_name), 'select')
      order by 1`);
    const names = tables.map(({ table }) => table);
    expect(names).toEqual(expect.arrayContaining(['attempt', 'job', 'job_state', 'outbox', 'task', 'ready_class']));
    const guarded = await sql<{ table: string }>(`
      select tablename as table from pg_policies p join pg_class c on c.oid = p.tablename::regclass and c.relrowsecurity
      where policyname = 'reader' and permissive = 'RESTRICTIVE' and 'sluice_reader' = any (roles) order by 1`);
    expect(guarded.map(({ table }) => table)).toEqual(expect.arrayContaining(names));
    for (const { table } of guarded) {
      const column = columnOfSpace[table] ?? 'workflow_id::text';
      const text = `select distinct ${column} as of from ${table}`;
      const rows = await asOurs({ name: `all_of_${table}`, text }, []);
      expect([table, rows.flat()]).toEqual([table, [column === 'workflow_id::text' ? '1' : 'ours']]);
      expect((await asEngine({ name: `all_of_${table}`, text }, [])).length).toBeGreaterThan(1);
    }
  });

  test('may write to no table', async () => {
    const may = await sql(`
      select c.relname, p.privilege
      from pg_class c, unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p(privilege)
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
        and has_table_privilege('sluice_reader', c.oid, p.privilege)`);
    expect(may).toEqual([]);
    await expect(asOurs({ name: 'careless_write', text: "update workflow set name = 'x'" }, [])).rejects.toThrow();
  });

  test('sees no token of a lease, and no message that was set aside', async () => {
    for (const text of ['select token from lease', 'select body from dead_letter', 'select digest from issued_token'])
      await expect(asOurs({ name: `careless_${text.split(' ')[3] ?? ''}`, text }, [])).rejects.toThrow();
  });

  test('finds a new range guarded, and one that was thinned; no range is open to it by its own name', async () => {
    await sql('select make_partition_range(5)');
    await sql(`insert into workflow (id, public_id, space, owner_issuer, owner_subject, name, header, upload_state)
        values (5242881, 'w-cccccccccc', 'theirs', 'i', 'o', 'n', '{}', 'sealed');
      insert into job (workflow_id, ordinal, task, kind, name) values (5242881, 0, 0, 0, 'secret')`);
    const statement = { name: 'jobs_of_range', text: 'select name from job where workflow_id = 5242881' };
    expect(await asEngine(statement, [])).toEqual([['secret']]);
    expect(await asOurs(statement, [])).toEqual([]);
    await sql('select prepare_range(5, array[5242881]); select swap_range(5, array[5242881])');
    expect(await asEngine(statement, [])).toEqual([['secret']]);
    expect(await asOurs(statement, [])).toEqual([]);
    for (const table of ['job_p5', 'gone_job_p5_full'])
      await expect(asOurs({ name: `by_name_${table}`, text: `select name from ${table}` }, [])).rejects.toThrow();
    await sql("delete from workflow where public_id = 'w-cccccccccc'");
  });

  test('reads for one after the other on the same connections', async () => {
    const store = new PostgresReadStore(reads);
    const seen = (space: string): Promise<string[]> =>
      readingFor([space], async () => (await store.workflowsByPrefix('w-', 10, null)).map(({ id }) => id));
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await Promise.all(['ours', 'theirs', 'x","theirs', 'ours'].map(seen))).toEqual([
        ...[['w-aaaaaaaaaa'], ['w-bbbbbbbbbb'], [], ['w-aaaaaaaaaa']],
      ]);
    }
  });

  test('sees nothing more of a workflow that is named as the one that is asked for', async () => {
    const jobs = named('read_last_ordinal');
    const about = (workflow: string): Promise<unknown[]> =>
      readingFor(['ours'], () => {
        readingAbout(workflow);
        return reads.run(jobs, [foreign]);
      });
    expect(await about('w-bbbbbbbbbb')).toEqual(await asEngine(jobs, [nowhere]));
    expect(await about('w-aaaaaaaaaa')).toEqual(await asEngine(jobs, [nowhere]));
  });

  test('is asked for nobody: that fails', async () => {
    await expect(reads.run(named('read_nothing'))).rejects.toThrow('a read for nobody');
  });
});

describe('among 200,000 workflows of others', () => {
  beforeAll(async () => {
    await sql(`insert into workflow (id, public_id, space, owner_issuer, owner_subject, name, header, state, upload_state,
        submitted_at, ended_at)
      select 100 + n, 'w-' || lpad(n::text, 10, '0'), case when n % 1000 = 0 then 'ours' else 'theirs' end, 'i', 'o', 'n', '{}',
        'done', 'sealed', now() + n * interval '1 s', now()
      from generate_series(1, 200000) n`);
    await sql('analyze workflow');
  }, 60_000);

  test.each(['read_workflow_page', 'read_workflow_last'])('%s looks at no more than what is ours', async (name) => {
    const statement = named(name);
    const params = ofSpaces[name]?.(['ours']) ?? [];
    for (const seeing of [asEngine, asOurs]) {
      // As often as PostgreSQL makes a plan for these very values, and then one for all.
      for (let call = 0; call < 8; call += 1) await seeing(statement, params);
      const explained = { name: `explain_${name}`, text: `explain (analyze, format json) ${statement.text}` };
      const [row] = await seeing(explained, params);
      expect(rowsSeen((row as [[{ Plan: PlanNode }]])[0][0].Plan)).toBeLessThan(2_000);
    }
  });
});

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Rows of workflow that a plan looked at. */
function rowsSeen(node: PlanNode): number {
  const here = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
  const below = (node.Plans ?? []).reduce((sum, each) => sum + rowsSeen(each), 0);
  return below + (node['Relation Name'] === 'workflow' ? here * node['Actual Loops'] : 0);
}

test('who may not make roles migrates all the same, and reads go on without the wall', async () => {
  await sql("create role plain login createdb password 'plain'");
  await sql('create database of_plain owner plain');
  const url = testDatabase.url.replace(/\/\/[^@]*@/, '//plain:plain@').replace(/[^/]*$/, 'of_plain');
  const plain = await Database.connect({ url, name: 'plain', connectionsMax: 2, planning: 'free' });
  try {
    const { guarded } = await migrate(plain);
    expect(guarded).toBe(false);
    const without = await GuardedReads.behind(plain, { url, name: 'plain-reader', connectionsMax: 1 });
    expect(without.isGuarded).toBe(false);
    expect(await readingFor(['ours'], () => without.run(named('read_nothing')))).toEqual([[1]]);
    await sql('grant sluice_reader to plain');
    expect((await migrate(plain)).guarded).toBe(true);
    const behind = await GuardedReads.behind(plain, { url, name: 'plain-reader', connectionsMax: 1 });
    expect(behind.isGuarded).toBe(true);
    expect(await readingFor(['ours'], () => behind.run(named('read_workers')))).toEqual([]);
    await behind.close();
  } finally {
    await plain.close();
  }
}, 60_000);

/** The same rows twice, once for each space. */
const twoSpaces = `
select make_partition_range(0);
insert into limit_use (kind, name, cap_jobs) values ('named', 'licence', 10);
insert into session (site, worker, cores, memory_mib, tags, transforms) values ('local', 'w', 1, 1024, '{}', '{noop@1}');
do $$
declare
  n bigint;
  named text;
  public text;
begin
  foreach n in array array[1, 2] loop
    named := (array['ours', 'theirs'])[n];
    public := (array['w-aaaaaaaaaa', 'w-bbbbbbbbbb'])[n];
    insert into space (name) values (named);
    insert into ready_class (id, key, transform, cores, memory_mib, gpus, disk_mib, sites, mode, space, owner, limits)
      values (n, named, 'noop', 1, 1, 0, 0, '{}', 'auto', named, 'o of ' || named, '{licence}');
    insert into workflow (id, public_id, space, owner_issuer, owner_subject, name, header, state, upload_state, job_count,
        written_header, submitted_at, ended_at)
      values (n, public, named, 'i', 'o of ' || named, 'name of ' || named, '{"templates": {}}', 'partial', 'sealed', 4, '{}',
        now(), now());
    insert into workflow_control (workflow_id, paused_at) values (n, now());
    insert into workflow_command (workflow_id, partition, kind, done_at) values (n, n, 'retry', now());
    insert into workflow_archive (workflow_id, archived_at, errors) values (n, now(), '{}');
    insert into task (workflow_id, ordinal, label, template_name, template, class_id, priority, retries, infra_retries, total,
        failed)
      values (n, 0, 'label', 't', '{}', n, 500, 0, 10, 4, 2);
    insert into task_failure values (n, 0, 1, 1), (n, 0, 5, 1);
    insert into task_memory values (n, 0, 100, 1);
    insert into job (workflow_id, ordinal, task, kind, name) select n, o, 0, 0, 'job' || o from generate_series(0, 3) o;
    insert into job_edge values (n, 0, '{1}', '{}');
    insert into lease (id, session_id, request_id, token, open, workflow_ids, ordinals, attempts, limited)
      values (n, 1, named, named, 1, array[n], '{3}', '{1}', true);
    insert into job_state (workflow_id, ordinal, task, parents_left, state, reason, attempt, lease_id)
      values (n, 0, 0, 0, 4, 1, 1, null), (n, 1, 0, 0, 4, 5, 0, null), (n, 2, 0, 0, 1, 0, 0, null), (n, 3, 0, 0, 2, 0, 1, n);
    insert into attempt (workflow_id, lease_id, session_id, leased_at, ended_at, ordinal, attempt, run_no, outcome, reason,
        fingerprint, message)
      values (n, 1, 1, now(), now(), 0, 1, 1, 4, 1, 7, 'of ' || named);
    insert into ready (class_id, priority, workflow_id, task, jobs, ordinals) values (n, 500, n, 0, 1, '{2}');
    insert into held (workflow_id, ordinal, task, due_at) values (n, 2, 0, '2100-01-01');
    insert into paused_job values (n, 0, now());
    insert into pause_order (workflow_id, paused_by) values (n, 'who of ' || named);
    insert into parent_pack values (n, 0, 4, 1, 'pack');
    insert into outbox (partition, seq, workflow_id, run_no, type, body) values (n, 1, n, 1, 'type', '"of ' || named || '"');
  end loop;
end $$;
insert into workflow (id, public_id, space, owner_issuer, owner_subject, name, header, state, upload_state, ended_at)
  select 10 + n, 'w-' || n || 'ddddddddd', (array['ours', 'theirs'])[n], 'i', 'o', 'n', '{}', 'done', 'refused', now()
  from generate_series(1, 2) n`;
