/** Goal: what was uploaded is what is sealed, whole or not at all, however often and in whatever order it is tried. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { Database, PostgresSealStore, PostgresUploadStore } from '#adapter-postgres';
import { Template, type DocumentErrorCode, type SealRequest } from '#contracts';
import { kindCode, stateCode, type CheckedJob } from '#core';
import {
  ensurePartitions,
  openUpload,
  readUpload,
  requestSeal,
  sealWorkflow,
  storeChunk,
  type SealPorts,
  type UploadHeader,
} from '#engine';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let testDatabase: TestDatabase;
let database: Database;
let client: pg.Client;
let ports: SealPorts & { random: (bytes: number) => Uint8Array };

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);
afterAll(() => postgres.stop());

beforeEach(async () => {
  testDatabase = await postgres.createTestDatabase();
  database = await Database.connect({ url: testDatabase.url, name: 'seal-test', connectionsMax: 4, planning: 'hot' });
  client = new pg.Client(testDatabase.url);
  await client.connect();
  const uploads = new PostgresUploadStore(database);
  ports = { uploads, seals: new PostgresSealStore(database), random: (bytes) => randomBytes(bytes) };
});
afterEach(async () => {
  await client.end();
  await database.close();
  await testDatabase.drop();
});

const owner = { issuer: 'https://issuer', subject: 'me' };

const header = (over: Partial<UploadHeader> = {}): UploadHeader => ({
  name: 'survey',
  tags: {},
  files: {},
  policy: { onFailure: 'continue', timeoutSec: null, parallelism: null },
  templates: {
    t: Template.parse({ transform: 'noop', priority: 7, retry: { retries: 2 } }),
    u: Template.parse({ transform: 'command', resources: { cores: 4 }, placement: { sites: ['B', 'A'] } }),
  },
  final: null,
  ...over,
});

const job = (name: string, over: Partial<CheckedJob> = {}): CheckedJob => ({
  name,
  label: 'l',
  template: 't',
  kind: 'job',
  group: null,
  parents: [],
  endedParents: [],
  spec: null,
  ...over,
});

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

async function open(over: Partial<UploadHeader> = {}, idempotencyKey: string | null = null): Promise<string> {
  const opening = await openUpload(ports, { header: header(over), owner, space: 's', idempotencyKey });
  expect(opening.kind).toBe('opened');
  return opening.id;
}

/** Uploads jobs in chunks. @returns the seal request that fits them. */
async function upload(id: string, jobs: CheckedJob[], chunkJobs = 3): Promise<SealRequest> {
  const hash = createHash('sha256');
  let chunkCount = 0;
  let edgeCount = 0;
  for (let firstOrdinal = 0; firstOrdinal < jobs.length; firstOrdinal += chunkJobs, chunkCount++) {
    const chunk = jobs.slice(firstOrdinal, firstOrdinal + chunkJobs);
    const sha256 = digest(JSON.stringify(chunk));
    hash.update(sha256);
    edgeCount += chunk.reduce((sum, { parents, endedParents }) => sum + parents.length + endedParents.length, 0);
    const stored = await storeChunk(ports, { workflowId: id, chunkNo: chunkCount, firstOrdinal, jobs: chunk, sha256 });
    expect(stored.kind).toBe('stored');
  }
  return { chunkCount, jobCount: jobs.length, edgeCount, hash: hash.digest('hex') };
}

async function numberOf(id: string): Promise<string> {
  const [row] = await rows<{ id: string }>('select id from workflow where public_id = $1', [id]);
  if (!row) throw new Error(`no workflow ${id}`);
  return row.id;
}

async function rows<R extends object>(sql: string, params: unknown[] = []): Promise<R[]> {
  return (await client.query<R>(sql, params)).rows;
}

const tables = ['job', 'job_state', 'job_edge', 'ready', 'upload_chunk'] as const;

async function count(table: (typeof tables)[number]): Promise<number> {
  const counts = await rows<Record<string, number>>(`select
    (select count(*)::int from job) as job, (select count(*)::int from job_state) as job_state,
    (select count(*)::int from job_edge) as job_edge, (select count(*)::int from ready) as ready,
    (select count(*)::int from upload_chunk) as upload_chunk`);
  return counts[0]?.[table] ?? -1;
}

/** Uploads, asks for the seal, and seals. */
async function sealed(jobs: CheckedJob[], over: Partial<UploadHeader> = {}, change: Partial<SealRequest> = {}) {
  const id = await open(over);
  const request = { ...(await upload(id, jobs)), ...change };
  await requestSeal(ports, id, request);
  const workflowNo = await numberOf(id);
  return { id, workflowNo, sealing: await sealWorkflow(ports, workflowNo) };
}

const statesSql = 'select ordinal, task, parents_left, state, kind from job_state order by ordinal';
const edgesSql = 'select ordinal, on_success, on_ended from job_edge order by ordinal';
const readySql = 'select task, priority, jobs, ordinals from ready order by id';

test('the same key and header open one workflow; another header is a conflict, another owner is another workflow', async () => {
  const id = await open({}, 'k');
  expect(await open({}, 'k')).toBe(id);
  const other = { header: header({ name: 'other' }), owner, space: 's', idempotencyKey: 'k' };
  expect(await openUpload(ports, other)).toEqual({ kind: 'conflict', id });
  const theirs = await openUpload(ports, { ...other, owner: { ...owner, subject: 'you' } });
  expect(theirs).toMatchObject({ kind: 'opened' });
  expect(theirs.id).not.toBe(id);
  expect(await rows('select 1 from workflow_control')).toHaveLength(2);
});

test('a public id that is taken is drawn again', async () => {
  const draws = [1, 1, 2].map((byte) => new Uint8Array(10).fill(byte));
  ports.random = () => draws.shift() ?? new Uint8Array(10);
  expect(await open()).toBe('w-bbbbbbbbbb');
  expect(await open()).toBe('w-cccccccccc');
});

test('a chunk again is the same answer, with other bytes or over another chunk it is refused, and changes nothing', async () => {
  const id = await open();
  const chunk = {
    workflowId: id,
    chunkNo: 0,
    firstOrdinal: 0,
    jobs: [job('a'), job('b', { parents: ['a'] })],
    sha256: digest('1'),
  };
  const stored = { kind: 'stored', chunk: { chunk: 0, jobs: 2, edges: 1 } };
  expect(await storeChunk(ports, chunk)).toEqual(stored);
  expect(await storeChunk(ports, chunk)).toEqual(stored);
  expect(await storeChunk(ports, { ...chunk, sha256: digest('2') })).toEqual({ kind: 'differs' });
  expect(await storeChunk(ports, { ...chunk, firstOrdinal: 9 })).toEqual({ kind: 'differs' });
  expect(await storeChunk(ports, { ...chunk, chunkNo: 1, firstOrdinal: 1 })).toEqual({ kind: 'overlaps' });
  expect(await storeChunk(ports, { ...chunk, workflowId: 'w-aaaaaaaaaa' })).toEqual({ kind: 'unknown' });
  expect(await count('job')).toBe(2);
  expect(await readUpload(ports, id)).toEqual({ id, state: 'uploading', chunks: [0], refusal: null });
});

test('one chunk sent many times at once is stored once, and every sender gets the same answer', async () => {
  const id = await open();
  const chunk = { workflowId: id, chunkNo: 0, firstOrdinal: 0, jobs: [job('a')], sha256: digest('1') };
  const answers = await Promise.all(Array.from({ length: 8 }, () => storeChunk(ports, chunk)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await count('job')).toBe(1);
});

test('chunks that arrive together make each task once, numbered without a gap', async () => {
  const id = await open();
  const store = (chunkNo: number) => {
    const jobs = [`a${chunkNo % 2}`, `b${chunkNo % 3}`].map((label, i) => job(`j${chunkNo}.${i}`, { label }));
    return storeChunk(ports, {
      workflowId: id,
      chunkNo,
      firstOrdinal: chunkNo * 2,
      jobs,
      sha256: digest(`${chunkNo}`),
    });
  };
  await Promise.all(Array.from({ length: 12 }, (_, chunkNo) => store(chunkNo)));
  const tasks = await rows<{ ordinal: number; label: string }>('select ordinal, label from task order by ordinal');
  expect(tasks.map((task) => task.ordinal)).toEqual([0, 1, 2, 3, 4]);
  expect(tasks.map((task) => task.label).sort()).toEqual(['a0', 'a1', 'b0', 'b1', 'b2']);
  const strays = await rows(
    `select from job j join task t using (workflow_id) where t.ordinal = j.task and (j.name, t.label) not in
      (select j.name, case when j.name like '%.0' then 'a' || j.ordinal / 2 % 2 else 'b' || j.ordinal / 2 % 3 end)`,
  );
  expect(strays).toEqual([]);
});

test('a task carries its template, its class by what decides, and its budgets', async () => {
  const id = await open();
  await upload(id, [job('a'), job('b', { template: 'u' }), job('wall', { kind: 'barrier', label: '', template: '' })]);
  const tasks =
    await rows(`select t.label, t.priority, t.retries, t.infra_retries, t.template ->> 'transform' as transform,
    c.transform as class, c.cores, c.sites from task t join ready_class c on c.id = t.class_id order by t.ordinal`);
  expect(tasks).toEqual([
    { label: 'l', priority: 7, retries: 2, infra_retries: 10, transform: 'noop', class: 'noop', cores: 1, sites: [] },
    {
      label: 'l',
      priority: 500,
      retries: 0,
      infra_retries: 10,
      transform: 'command',
      class: 'command',
      cores: 4,
      sites: ['A', 'B'],
    },
    {
      label: 'barrier',
      priority: 500,
      retries: 0,
      infra_retries: 10,
      transform: 'barrier',
      class: 'barrier',
      cores: 1,
      sites: [],
    },
  ]);
  await upload(await open(), [job('a')]);
  expect(await rows('select 1 from ready_class')).toHaveLength(3);
});

test('names and specs of a full chunk arrive as they were sent, whatever they hold', async () => {
  const id = await open();
  const text = 'Größe 名前 🔭 "quoted" \\back\\ \t{x}';
  const jobs = Array.from({ length: 20_000 }, (_, i) =>
    job(`${i} ${text.repeat(i % 7)}`, {
      spec: i % 3 === 0 ? null : JSON.stringify({ n: i, text: text.repeat(i % 11) }),
    }),
  );
  jobs[7] = job('x'.repeat(4_000), { spec: JSON.stringify({ long: 'ü'.repeat(1_000_000) }) });
  await upload(id, jobs, 20_000);
  const stored = await rows<{ name: string; spec: string | null }>('select name, spec from job order by ordinal');
  expect(stored.map(({ name, spec }) => [name, spec])).toEqual(jobs.map(({ name, spec }) => [name, spec]));
});

test('a seal writes states, edges, ready rows and counts, and ends the upload', async () => {
  const { id, workflowNo, sealing } = await sealed([
    job('a'),
    job('b', { parents: ['a'], endedParents: [0] }),
    job('c', { parents: ['e'], endedParents: [0], label: 'other' }),
    job('d', { template: 'u' }),
    job('e', { label: 'other' }),
  ]);
  expect(sealing).toMatchObject({ kind: 'sealed', rootBarriers: [] });
  expect(await rows(statesSql)).toEqual([
    { ordinal: 0, task: 0, parents_left: 0, state: stateCode.ready, kind: kindCode.job },
    { ordinal: 1, task: 0, parents_left: 1, state: stateCode.waiting, kind: kindCode.job },
    { ordinal: 2, task: 1, parents_left: 2, state: stateCode.waiting, kind: kindCode.job },
    { ordinal: 3, task: 2, parents_left: 0, state: stateCode.ready, kind: kindCode.job },
    { ordinal: 4, task: 1, parents_left: 0, state: stateCode.ready, kind: kindCode.job },
  ]);
  expect(await rows(edgesSql)).toEqual([
    { ordinal: 0, on_success: [1], on_ended: [2] },
    { ordinal: 4, on_success: [2], on_ended: [] },
  ]);
  expect(await rows(readySql)).toEqual([
    { task: 0, priority: 7, jobs: 1, ordinals: [0] },
    { task: 2, priority: 500, jobs: 1, ordinals: [3] },
    { task: 1, priority: 7, jobs: 1, ordinals: [4] },
  ]);
  expect(await rows('select ordinal, total, waiting from task order by ordinal')).toEqual([
    { ordinal: 0, total: 2, waiting: 1 },
    { ordinal: 1, total: 2, waiting: 1 },
    { ordinal: 2, total: 1, waiting: 0 },
  ]);
  expect(
    await rows(
      'select state, upload_state, job_count, edge_count, submitted_at is not null as submitted from workflow',
    ),
  ).toEqual([{ state: 'running', upload_state: 'sealed', job_count: 5, edge_count: 3, submitted: true }]);
  expect(await count('upload_chunk')).toBe(0);
  expect(await rows('select 1 from workflow_command where done_at is null')).toEqual([]);
  expect(await readUpload(ports, id)).toEqual({ id, state: 'sealed', chunks: [], refusal: null });
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'nothing' });
  expect(await count('ready')).toBe(3);
});

test('a thousand roots share ready rows of at most 400, in order', async () => {
  await sealed(Array.from({ length: 1_000 }, (_, i) => job(`j${i}`)));
  const ready = await rows<{ jobs: number; ordinals: number[] }>(readySql);
  expect(ready.map((row) => row.jobs)).toEqual([400, 400, 200]);
  expect(ready.flatMap((row) => row.ordinals)).toEqual([...Array(1_000).keys()]);
});

test('a sealing workflow takes no chunk, and a second request for its seal changes nothing', async () => {
  const id = await open();
  const request = await upload(id, [job('a')]);
  const first = await requestSeal(ports, id, request);
  expect(first?.upload.state).toBe('sealing');
  expect(await requestSeal(ports, id, { ...request, jobCount: 9 })).toEqual(first);
  expect(await rows('select args from workflow_command')).toEqual([{ args: request }]);
  const late = { workflowId: id, chunkNo: 1, firstOrdinal: 1, jobs: [job('b')], sha256: digest('b') };
  expect(await storeChunk(ports, late)).toEqual({ kind: 'closed' });
  expect(await requestSeal(ports, 'w-aaaaaaaaaa', request)).toBeNull();
});

test('an upload whose seal nobody asked for is not sealed', async () => {
  const id = await open();
  await upload(id, [job('a')]);
  expect(await sealWorkflow(ports, await numberOf(id))).toEqual({ kind: 'nothing' });
  expect(await count('job_state')).toBe(0);
});

test('a seal that dies at any step leaves nothing to lease, and the next one writes the same', async () => {
  const jobs = Array.from({ length: 20 }, (_, i) =>
    job(`j${i}`, { parents: i % 4 === 0 ? [] : [i - 1, `j${i - (i % 4)}`] }),
  );
  const id = await open();
  await requestSeal(ports, id, await upload(id, jobs));
  const workflowNo = await numberOf(id);
  ports.step = { jobs: 3, children: 100 };
  const whole = new PostgresSealStore(database);
  for (let steps = 0; steps <= 7; steps++) {
    await expect(sealWorkflow({ ...ports, seals: dyingAfter(whole, steps) }, workflowNo)).rejects.toThrow('died');
    expect(await count('ready')).toBe(0);
    expect(await rows("select 1 from workflow where state <> 'uploading'")).toEqual([]);
  }
  expect(await sealWorkflow(ports, workflowNo)).toMatchObject({ kind: 'sealed' });
  const repeated = await contents();
  const { workflowNo: onceNo } = await sealed(jobs);
  expect(await contents(onceNo)).toEqual(repeated);
});

/** A store whose writes fail after so many steps; the last of seven steps is followed by the visible one. */
function dyingAfter(store: PostgresSealStore, steps: number): PostgresSealStore {
  const dying = new PostgresSealStore(database);
  let left = steps;
  dying.writeStep = (workflowNo, step) =>
    left-- > 0 ? store.writeStep(workflowNo, step) : Promise.reject(new Error('died'));
  dying.complete = () => Promise.reject(new Error('died'));
  return dying;
}

/** All that a seal wrote of one workflow, as one text. */
async function contents(workflowNo = '1'): Promise<string> {
  const parts = await rows(
    `select (select json_agg(to_jsonb(s) - 'workflow_id' order by ordinal) from job_state s where workflow_id = $1) as states,
      (select json_agg(to_jsonb(e) - 'workflow_id' order by ordinal) from job_edge e where workflow_id = $1) as edges,
      (select json_agg(to_jsonb(r) - 'workflow_id' - 'id' order by id) from ready r where workflow_id = $1) as ready,
      (select json_agg(to_jsonb(t) - 'workflow_id' order by ordinal) from task t where workflow_id = $1) as tasks`,
    [workflowNo],
  );
  return JSON.stringify(parts);
}

test('two owners that seal at once write one whole', async () => {
  const jobs = Array.from({ length: 30 }, (_, i) => job(`j${i}`, { parents: i > 0 ? [i - 1] : [] }));
  const id = await open();
  await requestSeal(ports, id, await upload(id, jobs));
  const workflowNo = await numberOf(id);
  ports.step = { jobs: 4, children: 100 };
  const outcomes = await Promise.allSettled([sealWorkflow(ports, workflowNo), sealWorkflow(ports, workflowNo)]);
  const kinds = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.kind : 'failed'));
  if (!kinds.includes('sealed')) await sealWorkflow(ports, workflowNo);
  expect(kinds.filter((kind) => kind === 'sealed').length).toBeLessThan(2);
  const repeated = await contents();
  expect(await contents((await sealed(jobs)).workflowNo)).toEqual(repeated);
});

test('barriers among the roots get no ready row; the seal names them until they are finished', async () => {
  const { workflowNo, sealing } = await sealed([
    job('wall', { kind: 'barrier', label: 'barrier', template: '' }),
    job('g', { kind: 'group', label: 'barrier', template: '' }),
    job('m', { group: 'g', parents: ['wall'] }),
  ]);
  expect(sealing).toEqual({ kind: 'sealed', rootBarriers: [0], classes: [] });
  expect(await count('ready')).toBe(0);
  expect(await rows(edgesSql)).toEqual([
    { ordinal: 0, on_success: [2], on_ended: [] },
    { ordinal: 2, on_success: [1], on_ended: [] },
  ]);
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'sealed', rootBarriers: [0], classes: [] });
  await client.query('update job_state set state = 3 where ordinal = 0');
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'nothing' });
  expect(await rows('select 1 from workflow_command where done_at is null')).toEqual([]);
});

test('the final job is the last ordinal, waits, and counts in its task', async () => {
  const final = { when: 'success' as const, job: job('tidy', { label: 'tidy', spec: '{"vars":{}}' }) };
  await sealed([job('a'), job('b')], { final });
  expect(await rows('select job_count, final_ordinal, final_when from workflow')).toEqual([
    { job_count: 3, final_ordinal: 2, final_when: 'success' },
  ]);
  expect((await rows(statesSql))[2]).toEqual({
    ordinal: 2,
    task: 1,
    parents_left: 1,
    state: stateCode.waiting,
    kind: kindCode.final,
  });
  expect(await rows('select name, kind, spec from job where ordinal = 2')).toEqual([
    { name: 'tidy', kind: kindCode.final, spec: '{"vars":{}}' },
  ]);
  expect(await rows("select total, waiting from task where label = 'tidy'")).toEqual([{ total: 1, waiting: 1 }]);
});

interface RefusedCase {
  code: DocumentErrorCode;
  message: string;
  jobs: CheckedJob[];
  change?: Partial<SealRequest>;
}

const refusals: RefusedCase[] = [
  {
    code: 'CYCLE',
    message: 'These jobs wait for each other: a -> c -> b -> a.',
    jobs: [job('a', { parents: ['b'] }), job('b', { parents: ['c'] }), job('c', { parents: ['a'] })],
  },
  {
    code: 'DUPLICATE_NAME',
    message: "Jobs 1 and 4 are both named 'b'.",
    jobs: ['a', 'b', 'c', 'd', 'b'].map((name) => job(name)),
  },
  {
    code: 'UNKNOWN_PARENT',
    message: "Job 'd' waits for 'nobody 名', which does not exist.",
    jobs: [job('a'), job('b'), job('c'), job('d', { parents: ['a', 'nobody 名'] })],
  },
  {
    code: 'UNKNOWN_PARENT',
    message: "Job 'a' waits for job 7, which does not exist.",
    jobs: [job('a', { endedParents: [7] })],
  },
  {
    code: 'UNKNOWN_GROUP',
    message: "Job 'a' is in 'b', which is not a group.",
    jobs: [job('a', { group: 'b' }), job('b')],
  },
  {
    code: 'GROUP_NESTED',
    message: "Group 'h' is in a group itself.",
    jobs: [job('g', { kind: 'group' }), job('h', { kind: 'group', group: 'g' })],
  },
  {
    code: 'GROUP_CROSS_EDGE',
    message: "Job 'b' waits for 'a', a member of another group.",
    jobs: [
      job('g', { kind: 'group' }),
      job('h', { kind: 'group' }),
      job('a', { group: 'g' }),
      job('b', { group: 'h', parents: ['a'] }),
    ],
  },
  { code: 'EMPTY', message: 'The workflow has no jobs.', jobs: [] },
  {
    code: 'COUNT_MISMATCH',
    message: 'The seal says 3 jobs, but 2 arrived.',
    jobs: [job('a'), job('b')],
    change: { jobCount: 3 },
  },
  {
    code: 'COUNT_MISMATCH',
    message: 'The seal says 2 edges, but 1 arrived.',
    jobs: [job('a'), job('b', { parents: [0] })],
    change: { edgeCount: 2 },
  },
  {
    code: 'COUNT_MISMATCH',
    message: 'The seal says 2 chunks, but 1 arrived.',
    jobs: [job('a')],
    change: { chunkCount: 2 },
  },
  {
    code: 'HASH_MISMATCH',
    message: 'The hash over all chunks is not the one given at the seal: some chunk is not what was sent.',
    jobs: [job('a')],
    change: { hash: '0'.repeat(64) },
  },
];

test.each(refusals)('$code is refused: $message', async ({ code, message, jobs, change }) => {
  const { id, workflowNo, sealing } = await sealed(jobs, {}, change);
  const refusal = { errors: [{ code, message }], counts: { [code]: 1 } };
  expect(sealing).toMatchObject({ kind: 'refused', refusal });
  expect(await readUpload(ports, id)).toMatchObject({ state: 'refused', refusal });
  for (const table of tables) expect(await count(table)).toBe(0);
  expect(await sealWorkflow(ports, workflowNo)).toEqual({ kind: 'nothing' });
});

test('a workflow over a limit is refused with the limit stated', async () => {
  ports.limits = { jobs: 2, edges: 1, parentsOfOneJob: 10 };
  const { sealing } = await sealed([job('a'), job('b', { parents: [0] }), job('c', { parents: [0] })]);
  expect(sealing).toMatchObject({
    refusal: {
      errors: [
        { code: 'TOO_LARGE', message: 'The workflow has 3 jobs; at most 2 are allowed.' },
        { code: 'TOO_LARGE', message: 'The workflow has 2 edges; at most 1 are allowed.' },
      ],
      counts: { TOO_LARGE: 2 },
    },
  });
});

test('a missing chunk in the middle is named', async () => {
  const id = await open();
  const store = (chunkNo: number, firstOrdinal: number) =>
    storeChunk(ports, { workflowId: id, chunkNo, firstOrdinal, jobs: [job(`j${chunkNo}`)], sha256: digest('') });
  await store(0, 0);
  await store(2, 2);
  await requestSeal(ports, id, { chunkCount: 2, jobCount: 2, edgeCount: 0, hash: '0'.repeat(64) });
  expect(await sealWorkflow(ports, await numberOf(id))).toMatchObject({
    refusal: {
      errors: [{ code: 'COUNT_MISMATCH', message: 'Chunk 2 starts at job 2, but the chunks before it end at 1.' }],
    },
  });
});

test('a refusal that died before its rows were gone is finished by the next call', async () => {
  const id = await open();
  await requestSeal(ports, id, await upload(id, [job('a'), job('a')]));
  const workflowNo = await numberOf(id);
  const dying = new PostgresSealStore(database);
  dying.discardSome = () => Promise.reject(new Error('died'));
  await expect(sealWorkflow({ ...ports, seals: dying }, workflowNo)).rejects.toThrow('died');
  expect(await readUpload(ports, id)).toMatchObject({ state: 'refused' });
  expect(await count('job')).toBe(2);
  await sealWorkflow(ports, workflowNo);
  expect(await count('job')).toBe(0);
  expect(await rows('select 1 from workflow_command where done_at is null')).toEqual([]);
});

test('two names with one hash are two jobs, and their children are told apart', async () => {
  const id = await open();
  const jobs = [job('x'), job('of-x', { parents: ['x'] }), job('y'), job('of-y', { parents: ['y'] })];
  await requestSeal(ports, id, await upload(id, jobs, 1));
  // Gives y the hash of x: name hashes are words 6 (low) and 7 (high) of a pack of one job.
  await client.query(`update upload_chunk y set pack = overlay(y.pack placing substring(x.pack from 25 for 8) from 25)
    from upload_chunk x where x.chunk_no = 0 and y.chunk_no = 2`);
  expect(await sealWorkflow(ports, await numberOf(id))).toMatchObject({ kind: 'sealed' });
  expect(await rows(edgesSql)).toEqual([
    { ordinal: 0, on_success: [1], on_ended: [] },
    { ordinal: 2, on_success: [3], on_ended: [] },
  ]);
});

test('100,000 parents of one job and 100,000 children of one job are sealed', async () => {
  const width = 100_000;
  const id = await open();
  const jobs = [
    job('first'),
    ...Array.from({ length: width }, (_, i) => job(`j${i}`, { parents: ['first'] })),
    job('last', { parents: Array.from({ length: width }, (_, i) => i + 1) }),
  ];
  await requestSeal(ports, id, await upload(id, jobs, 20_000));
  expect(await sealWorkflow(ports, await numberOf(id))).toMatchObject({ kind: 'sealed' });
  const [first] = await rows('select cardinality(on_success) as children from job_edge where ordinal = 0');
  expect(first).toEqual({ children: width });
  expect(await rows('select parents_left from job_state where ordinal = $1', [width + 1])).toEqual([
    { parents_left: width },
  ]);
  expect(await rows('select sum(total)::int as total, sum(waiting)::int as waiting from task')).toEqual([
    { total: width + 2, waiting: width + 1 },
  ]);
}, 60_000);

test('one range of tables is kept ahead, and a full range is left for the next', async () => {
  await ensurePartitions(ports);
  expect(await rows('select no from partition_range order by no')).toEqual([{ no: 0 }, { no: 1 }]);
  await client.query('update partition_range set jobs = 20000001 where no = 0');
  await ensurePartitions(ports);
  await ensurePartitions(ports);
  expect(await rows('select no from partition_range order by no')).toEqual([{ no: 0 }, { no: 1 }, { no: 2 }]);
  const { workflowNo } = await sealed([job('a')]);
  expect(workflowNo).toBe('1048576');
  expect(await rows('select tableoid::regclass::text as at from job')).toEqual([{ at: 'job_p1' }]);
});
