// Goal: what has ended goes as the policy says, in short transactions; what has not ended loses nothing.
import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import {
  Database,
  PostgresDocumentStore,
  PostgresFailureStore,
  PostgresKeepStore,
  PostgresReadStore,
  PostgresUploadStore,
} from '#adapter-postgres';
import { archiveWorkflow, type ArchivePorts, dropRanges, type EndedWorkflow, orderArchive, pruneRows } from '#engine';
import { ArchiveFiles } from '#nest-kit';
import { EngineRig, makeTestFolder, startTestPostgres, type TestFolder, type TestPostgres, until } from '#test-kit';

let postgres: TestPostgres;
let rig: EngineRig;
let free: Database;
let keeps: PostgresKeepStore;
let folder: TestFolder;
let ports: ArchivePorts;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 60_000);
afterAll(() => postgres.stop());

beforeEach(async () => {
  rig = await EngineRig.open(postgres);
  free = await Database.connect({ url: rig.url, name: 'keep', connectionsMax: 4, planning: 'free' });
  folder = makeTestFolder('archive');
  keeps = new PostgresKeepStore(free);
  ports = {
    keeps,
    documents: new PostgresDocumentStore(free),
    failures: new PostgresFailureStore(free),
    reads: new PostgresReadStore(free),
    folder: new ArchiveFiles(folder.path),
  };
});
afterEach(async () => {
  await free.close();
  await rig.close();
  folder.remove();
});

const everyPartition = Array.from({ length: 16 }, (_, no) => no);
const due = (days = 30): Promise<EndedWorkflow[]> => keeps.due({ partitions: everyPartition, days, rows: 100 });

/** A workflow of independent jobs, the first of which fail. @returns its number */
async function ended({ jobs, failing = 0 }: { jobs: number; failing?: number }): Promise<string> {
  const workflowNo = await rig.submit({
    jobs: Array.from({ length: jobs }, () => ({})),
    retry: { job: { retries: 0 } },
  });
  const session = await rig.register();
  const granted = await rig.lease(session, jobs);
  await rig.end(session, granted.slice(0, failing), { outcome: 'failed', reason: 'error', exitCode: 7, message: 'no' });
  await rig.end(session, granted.slice(failing));
  return workflowNo;
}

/** As if it had ended long ago. */
const age = (workflowNo: string): Promise<unknown> =>
  rig.query("update workflow set ended_at = ended_at - interval '100 days' where id = $1", [workflowNo]);

async function archiveAll(): Promise<string[]> {
  const outcomes: string[] = [];
  for (const workflow of await due()) outcomes.push(await archiveWorkflow(ports, workflow));
  return outcomes;
}

/** The next workflow goes to the next range, as if this one were full. */
async function fillRange(): Promise<void> {
  await new PostgresUploadStore(rig.database).ensurePartitions(-1);
  await rig.query('analyze job');
}

const jobTables = async (): Promise<string[]> =>
  (
    await rig.query("select relname from pg_class where relkind = 'r' and relname ~ 'job_p[0-9]+' order by 1")
  ).flat() as string[];

const linesOf = (file: string): unknown[] =>
  gunzipSync(readFileSync(join(folder.path, file)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

test('only what ended long enough ago is archived, with its document, attempts, counts and errors in files', async () => {
  const old = await ended({ jobs: 3, failing: 1 });
  const young = await ended({ jobs: 1 });
  await age(old);
  const [workflow, ...others] = await due();
  expect([workflow?.workflowNo, others]).toEqual([old, []]);
  expect(await archiveAll()).toEqual(['archived']);
  const id = String(workflow?.id);
  expect(readdirSync(folder.path)).toEqual([id]);
  expect(readdirSync(join(folder.path, id)).sort()).toEqual([
    ...['attempts.ndjson.gz', 'document.ndjson.gz', 'errors.json', 'workflow.json'],
  ]);
  const [header, ...jobs] = linesOf(join(id, 'document.ndjson.gz'));
  expect(header).toMatchObject({ jobCount: 3 });
  expect(jobs).toMatchObject([
    { name: 'job0', observed: { state: 'failed', reason: 'error' } },
    { name: 'job1', observed: { state: 'finished', attempts: 1 } },
    { name: 'job2', observed: { state: 'finished' } },
  ]);
  const attempts = linesOf(join(id, 'attempts.ndjson.gz'));
  expect(attempts).toMatchObject([
    { ordinal: 0, name: 'job0', attempt: 1, outcome: 'failed', exitCode: 7, message: 'no', site: 'here' },
    { ordinal: 1, outcome: 'finished' },
    { ordinal: 2, outcome: 'finished' },
  ]);
  const view = JSON.parse(readFileSync(join(folder.path, id, 'workflow.json'), 'utf8')) as unknown;
  expect(view).toMatchObject({ workflow: { state: 'partial', counts: { finished: 2, failed: 1 } } });
  expect(await keeps.archived(old)).toMatchObject({
    place: join(folder.path, id),
    errors: { groups: [{ jobs: 1, exitCode: 7 }] },
  });
  expect(await keeps.archived(young)).toBeNull();
  expect(await ports.reads.workflow(id, null)).toMatchObject({ archived: { place: join(folder.path, id) } });
  expect(await rig.faults()).toEqual([]);
  expect(await due()).toEqual([]);
});

test('a workflow that is retried while its files are written stays, and the files go', async () => {
  const workflowNo = await ended({ jobs: 2, failing: 1 });
  await age(workflowNo);
  const [workflow] = await due();
  if (!workflow) throw new Error('it is due');
  await rig.orders.requestRetry(workflowNo, {});
  expect(await archiveWorkflow(ports, workflow)).toBe('changed');
  await rig.runCommands();
  expect(await archiveWorkflow(ports, workflow)).toBe('changed');
  expect(readdirSync(folder.path)).toEqual([]);
  const session = await rig.register();
  await rig.end(session, await rig.lease(session, 10));
  expect(await rig.workflowState(workflowNo)).toBe('done');
  expect(await rig.faults()).toEqual([]);
});

test('an archived workflow is never retried, and is archived once', async () => {
  const workflowNo = await ended({ jobs: 2, failing: 1 });
  await age(workflowNo);
  const [workflow] = await due();
  if (!workflow) throw new Error('it is due');
  expect(await archiveWorkflow(ports, workflow)).toBe('archived');
  expect(await archiveWorkflow(ports, workflow)).toBe('before');
  expect(readdirSync(folder.path)).toEqual([workflow.id]);
  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await rig.query('select state, run_no from workflow')).toEqual([['partial', 1]]);
});

test('an order to archive means the end that a workflow has: a retry that comes first undoes it', async () => {
  const workflowNo = await ended({ jobs: 2, failing: 1 });
  const ordered = (): Promise<EndedWorkflow[]> => keeps.ordered({ partitions: everyPartition, rows: 100 });
  const [publicId] = (await rig.query('select public_id from workflow')).flat();
  const order = () => orderArchive(keeps, { workflowNo, id: String(publicId) }, { dryRun: false });
  expect(await order()).toMatchObject({ kind: 'ordered', answer: { changed: true, jobs: 2, archived: null } });
  expect(await order()).toMatchObject({ answer: { changed: false } });
  expect(await ordered()).toMatchObject([{ workflowNo, runNo: 1 }]);

  await rig.orders.requestRetry(workflowNo, {});
  await rig.runCommands();
  expect(await ordered()).toEqual([]);
  expect(await order()).toEqual({ kind: 'open', state: 'running' });
  const session = await rig.register();
  await rig.end(session, await rig.lease(session, 10));
  expect(await ordered()).toEqual([]);

  expect(await order()).toMatchObject({ answer: { changed: true, state: 'done' } });
  for (const workflow of await ordered()) expect(await archiveWorkflow(ports, workflow)).toBe('archived');
  expect(await order()).toMatchObject({ answer: { changed: false, archived: { place: expect.any(String) } } });
  expect(await due()).toEqual([]);
});

test('a range goes when all of it is archived; the one that takes workflows stays', async () => {
  const workflowNo = await ended({ jobs: 3 });
  await age(workflowNo);
  await archiveAll();
  expect((await dropRanges(keeps)).ranges).toEqual([]);
  await fillRange();
  expect(await jobTables()).toContain('job_p0');
  const dropped = await dropRanges(keeps);
  expect(dropped.ranges).toEqual([0]);
  expect(dropped.tables.sort()).toEqual([
    ...['gone_attempt_p0_full', 'gone_job_edge_p0_full', 'gone_job_p0_full', 'gone_job_state_p0_full'],
  ]);
  expect(await jobTables()).not.toContain('job_p0');
  expect(await ended({ jobs: 1 })).toBe('1048576');
  expect(await dropRanges(keeps)).toEqual({ ranges: [], tables: [], postponed: [] });
  expect(await rig.faults()).toEqual([]);
});

test('workflows that are not archived are copied forward, whatever they are doing, and go on', async () => {
  const old = await ended({ jobs: 200 });
  const waiting = await ended({ jobs: 2, failing: 1 });
  const running = await rig.submit({ jobs: [{}, {}, { parents: [0] }, { parents: [1] }] });
  const session = await rig.register();
  const [leased] = await rig.lease(session, 1);
  if (!leased) throw new Error('a job is ready');
  await age(old);
  await archiveAll();
  await fillRange();
  const kept =
    'select workflow_id, ordinal, state, attempt, parents_left from job_state where workflow_id <> $1 order by 1, 2';
  const before = await rig.query(kept, [old]);
  const attempts =
    'select workflow_id, ordinal, attempt, outcome from attempt where workflow_id <> $1 order by 1, 2, 3';
  const attemptsBefore = await rig.query(attempts, [old]);
  expect((await dropRanges(keeps)).ranges).toEqual([0]);
  expect(await rig.query(kept, [old])).toEqual(before);
  expect(await rig.query(attempts, [old])).toEqual(attemptsBefore);
  expect(await rig.query('select count(*)::int from job where workflow_id = $1', [old])).toEqual([[0]]);
  expect(await rig.faults()).toEqual([]);
  await rig.end(session, [leased]);
  for (let jobs = await rig.lease(session, 10); jobs.length > 0; jobs = await rig.lease(session, 10)) {
    await rig.end(session, jobs);
  }
  expect(await rig.workflowState(running)).toBe('done');
  expect(await rig.faults()).toEqual([]);
  expect(await dropRanges(keeps)).toEqual({ ranges: [], tables: [], postponed: [] }); // thinned once
  await age(running);
  await age(waiting);
  expect(await archiveAll()).toEqual(['archived', 'archived']);
  expect((await dropRanges(keeps)).ranges).toEqual([0]);
  expect(await jobTables()).not.toContain('job_p0');
});

test('what died half-way is gone on with: tables made ahead, tables taken out', async () => {
  const old = await ended({ jobs: 200 });
  const running = await rig.submit({ jobs: [{}] });
  await age(old);
  await archiveAll();
  await fillRange();
  await rig.query('select prepare_range(0, $1)', [[running]]);
  await rig.query('insert into next_job_p0 select $1, 7, 0, 0, $2', [running, 'of a row that changed meanwhile']);
  expect(await keeps.thinRange({ range: 0, kept: [running] })).toBe(true); // and then it died
  expect((await dropRanges(keeps)).tables).toHaveLength(4);
  expect(await rig.query('select workflow_id, ordinal from job')).toEqual([[running, 0]]);
  expect(await rig.faults()).toEqual([]);
});

test('a range whose tables others use is left for later, and ends nobody', async () => {
  const old = await ended({ jobs: 3 });
  await age(old);
  await archiveAll();
  await fillRange();
  const reader = new pg.Client(rig.url);
  await reader.connect();
  await reader.query('begin; select count(*) from job_state');
  expect(await dropRanges(keeps)).toEqual({ ranges: [], tables: [], postponed: [0] });
  await reader.query('commit');
  await reader.end();
  expect((await dropRanges(keeps)).ranges).toEqual([0]);
});

test('a workflow that is not named among those that stay keeps its range', async () => {
  await ended({ jobs: 3 });
  await fillRange();
  expect(await keeps.thinRange({ range: 0, kept: [] })).toBe(false);
  expect(await rig.query('select count(*)::int from job_state')).toEqual([[3]]);
});

test('ranges are thinned under load: every lease and report of it counts, none fails', async () => {
  for (let no = 0; no < 3; no += 1) {
    const old = await ended({ jobs: 300 });
    await age(old);
    await rig.pause(await rig.submit({ jobs: [{}, { parents: [0] }] }));
    await archiveAll();
    await fillRange();
  }
  const session = await rig.register();
  let over = false;
  let jobs = 0;
  const load = async (): Promise<void> => {
    while (!over) {
      await rig.submit({ jobs: Array.from({ length: 20 }, () => ({})) });
      const granted = await rig.lease(session, 20);
      await rig.end(session, granted);
      jobs += granted.length;
    }
  };
  const loaded = load();
  const ranges: number[] = [];
  for (let sweep = 0; sweep < 100 && ranges.length < 3; sweep += 1) ranges.push(...(await dropRanges(keeps)).ranges);
  const jobsSoFar = jobs;
  await until('more jobs', 30_000, () => jobs > jobsSoFar);
  over = true;
  await loaded;
  expect(ranges.sort()).toEqual([0, 1, 2]);
  expect(await rig.query('select count(*)::int from job_state where state = 3')).toEqual([[jobs]]);
  expect(await rig.faults()).toEqual([]);
}, 60_000);

test('old rows go: events that the stream has stored, batches, leases of what has ended', async () => {
  const workflowNo = await ended({ jobs: 5 });
  const running = await rig.submit({ jobs: [{}] });
  const session = await rig.register();
  await rig.lease(session, 1);
  const [[events]] = (await rig.query('select count(*)::int from outbox')) as [[number]];
  expect(await pruneRows(keeps, 7)).toEqual({ events: 0, batches: 0, leases: 0, inHand: 0, answers: 0, limits: 0 });
  await rig.query("update outbox set created_at = created_at - interval '8 days'");
  await rig.query("update batch_seen set settled_at = settled_at - interval '8 days'");
  await rig.query("update lease set granted_at = granted_at - interval '8 days'");
  expect(await pruneRows(keeps, 7)).toMatchObject({ events: 0, batches: 1, leases: 1 });
  await rig.query('update outbox set confirmed_at = now() where seq <> 2');
  expect((await pruneRows(keeps, 7)).events).toBe(1); // up to the one that the stream has not stored
  await rig.query('update outbox set confirmed_at = now()');
  expect((await pruneRows(keeps, 7)).events).toBe(events - 1);
  expect(
    await rig.query('select from_seq::int from outbox_kept where partition = $1', [Number(workflowNo) % 16]),
  ).toEqual([[events + 1]]);
  expect(await rig.query('select distinct workflow_ids::text from lease')).toEqual([[`{${running}}`]]);
  expect(await rig.faults()).toEqual([]);
});
