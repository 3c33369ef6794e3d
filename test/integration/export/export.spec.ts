// Goal: what was submitted can be had back, and says the same; with what the run measured, if that is asked for.
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { HttpConnection, linesOf, SluiceClient } from '#client';
import {
  type JobView,
  type LeaseAnswer,
  type RegisterAnswer,
  type ReportAnswer,
  RunObserved,
  type TerminalBatch,
} from '#contracts';
import { chunksOf, readDocument } from '#documents';
import {
  makeTestFolder,
  Random,
  RunningService,
  startTestNats,
  startTestPostgres,
  type TestDatabase,
  type TestFolder,
  type TestNats,
  type TestPostgres,
} from '#test-kit';
import { randomDocument } from './random-document.js';

const firstSeed = Number(process.env['SEED'] ?? 1);
const documents = 20;
const token = randomBytes(32).toString('hex');
let folder: TestFolder;
let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let all: RunningService;
let client: SluiceClient;
let look: pg.Client;

beforeAll(async () => {
  folder = makeTestFolder('export');
  const tokenFile = join(folder.path, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createTestDatabase();
  const environment = { DATABASE_URL: database.url, NATS_URL: nats.url, SLUICE_TOKEN_FILE: tokenFile };
  all = await RunningService.start('all', environment);
  client = new SluiceClient({ url: all.url, token });
  look = new pg.Client(database.url);
  await look.connect();
}, 120_000);

afterAll(async () => {
  await client.close();
  await look.end();
  await all.stop();
  await database.drop();
  await Promise.all([postgres.stop(), nats.stop()]);
  folder.remove();
}, 60_000);

/** Submits a text as the command line does, in chunks of so many jobs. @returns the workflow's id */
async function submit(text: string, chunkJobs = 5_000): Promise<string> {
  const bytes = (async function* () {
    yield await Promise.resolve(Buffer.from(text));
  })();
  const document = await readDocument(bytes);
  const chunks = chunksOf(document, { bytes: 1024 * 1024, jobs: chunkJobs });
  const answer = await client.submit({ header: document.header as never, chunks });
  if (answer.state === 'refused') throw new Error(JSON.stringify(answer.refusal));
  return answer.id;
}

async function exported(id: string, observed: 'submitted' | 'run' = 'submitted'): Promise<string> {
  let text = '';
  for await (const line of client.documentLines(id, { observed })) text += `${line}\n`;
  return text;
}

const valuesOf = (ndjson: string): unknown[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

test(`${documents} random documents come back in their normal form; that, submitted, comes back byte for byte`, async () => {
  for (let seed = firstSeed; seed < firstSeed + documents; seed += 1) {
    const random = new Random(seed);
    const { header, jobs, normal } = randomDocument(random);
    try {
      const whole = JSON.stringify({ ...header, jobs });
      const lines = [header, ...jobs].map((each) => JSON.stringify(each)).join('\n');
      const first = await exported(await submit(random.once(2) ? whole : lines, random.between(5, 30)));
      expect(valuesOf(first)).toEqual(JSON.parse(JSON.stringify(normal)));
      const again = await exported(await submit(first, random.between(5, 30)));
      expect(again).toBe(first);
    } catch (fault) {
      throw new Error(`repeat it with SEED=${seed}\n${String(fault)}`, { cause: fault });
    }
  }
}, 240_000);

test('a document of many steps comes back whole, with groups and edges that cross them', async () => {
  const jobs = 120_000;
  const group = jobs - 1;
  const lines = Array.from({ length: jobs }, (_, i) => {
    const name = `j${i}`;
    if (i === group) return JSON.stringify({ name, kind: 'group' });
    if (i % 1_000 === 0) return JSON.stringify({ name, in: `j${group}` });
    return JSON.stringify({ name, after: [Math.floor(i / 1_000) * 1_000] });
  });
  const header = { apiVersion: 'sluice/v1', name: 'wide', templates: { t: { transform: 'noop' } } };
  const id = await submit(`${JSON.stringify(header)}\n${lines.join('\n')}\n`);
  const packs = await look.query(
    'select count(*)::int as packs from parent_pack p join workflow w on w.id = p.workflow_id where w.public_id = $1',
    [id],
  );
  expect(packs.rows).toEqual([{ packs: 3 }]);
  const [, ...back] = (await exported(id)).trimEnd().split('\n');
  expect(back).toHaveLength(jobs);
  const wrong = back.findIndex(
    (line, i) => JSON.stringify(keysSorted(line)) !== JSON.stringify(keysSorted(lines[i] ?? '')),
  );
  expect([wrong, back[wrong]]).toEqual([-1, undefined]);
}, 120_000);

const keysSorted = (line: string): [string, unknown][] =>
  Object.entries(JSON.parse(line) as object).sort(([a], [b]) => (a < b ? -1 : 1));

/** A worker that ends what it is given as it is told. */
class TrialWorker {
  private constructor(
    private readonly connection: HttpConnection,
    private readonly session: string,
  ) {}

  static async register(): Promise<TrialWorker> {
    const json = {
      ...{ site: 'FrDF', worker: 'node7', cores: 4, memoryMib: 8_192, walltimeSec: null, tags: {} },
      transforms: ['measured@1'],
    };
    const stack = new HttpConnection({ url: all.url, token });
    const { session, token: own } = await stack.json<RegisterAnswer>({ ...post('sessions'), json });
    await stack.close();
    return new TrialWorker(new HttpConnection({ url: all.url, token: own }), session);
  }

  /** Leases once and ends every job; what `endOf` says of a job goes over the usual end. */
  async work(endOf: (name: string) => Partial<TerminalBatch['events'][number]>): Promise<string[]> {
    const free = { cores: 4, memoryMib: 8_192, walltimeLeftSec: null };
    const ask = { requestId: randomUUID(), again: false, free, max: 100, waitSec: 10 };
    const answer = await this.connection.json<LeaseAnswer>({ ...post('lease'), json: ask });
    const [task] = answer.tasks;
    if (!answer.lease || !task) throw new Error('nothing to do');
    const events = answer.jobs.map(({ name, ordinal, attempt }) => ({
      ...{ lease: 0, job: `${task.workflowNo}:${ordinal}`, attempt, outcome: 'finished', exitCode: 0 },
      ...{ startedAtMs: 1_800_000_000_000, endedAtMs: 1_800_000_001_500 },
      ...endOf(name),
    }));
    const ids = { batchId: randomUUID(), session: this.session, partition: task.partition };
    const json = { ...ids, leases: [answer.lease], events };
    await until(async () => {
      const { state } = await this.connection.json<ReportAnswer>({ ...post('report'), json });
      return state === 'settled';
    });
    return answer.jobs.map((job) => job.name);
  }

  async end(): Promise<void> {
    await this.connection.send({ ...post('sessions/end'), json: {} });
    await this.connection.close();
  }
}

const post = (path: string) => ({ method: 'POST', path: `/worker/v1/${path}` }) as const;

const chain = `{"apiVersion":"sluice/v1","name":"chain","templates":{"work":{"transform":"measured"}},"final":{"job":{"label":"last"}}}
{"name":"gate","kind":"barrier"}
{"name":"root","after":[0],"vars":{"x":"1"},"observed":{"runtimeSec":99,"avgCPU":7}}
{"name":"leaf","after":["root"]}
`;

/** Name of each job, and what its document says was observed. */
async function observations(id: string): Promise<[string, RunObserved][]> {
  const [header, ...jobs] = valuesOf(await exported(id, 'run')) as { name: string; observed: unknown }[];
  const { final } = header as unknown as { final: { job: { observed: unknown } } };
  return [...jobs.map(({ name, observed }) => [name, observed]), ['final', final.job.observed]].map(
    ([name, observed]) => [String(name), RunObserved.parse(observed)],
  );
}

test('what a run measured stands in the document as far as it is known, of the last attempt, also after a retry', async () => {
  const id = await submit(chain);
  const waiting = { state: 'waiting', attempts: 0 };
  // A barrier ends by itself, a batch after the workflow is there.
  await until(async () => (await observations(id)).some(([name, { state }]) => name === 'root' && state === 'ready'));
  // What an earlier run measured is not this one's; a field that no run of ours fills stays.
  expect(valuesOf(await exported(id, 'run'))[2]).toMatchObject({
    observed: { avgCPU: 7, state: 'ready', attempts: 0 },
  });
  expect(await observations(id)).toEqual([
    ['gate', { state: 'finished', attempts: 0 }],
    ['root', { state: 'ready', attempts: 0 }],
    ['leaf', waiting],
    ['final', waiting],
  ]);
  const worker = await TrialWorker.register();
  const failing = {
    outcome: 'failed',
    reason: 'error',
    exitCode: 3,
    message: 'no',
    endedAtMs: 1_800_000_000_250,
  } as const;
  expect(await worker.work(() => failing)).toEqual(['root']);
  const at = { site: 'FrDF', worker: 'node7', startedAt: '2027-01-15T08:00:00.000Z' };
  const ended = { ...at, endedAt: '2027-01-15T08:00:01.500Z', runtimeSec: 1.5 };
  const failed = { ...at, endedAt: '2027-01-15T08:00:00.250Z', runtimeSec: 0.25 };
  expect(await observations(id)).toEqual([
    ['gate', { state: 'finished', attempts: 0 }],
    ['root', { state: 'failed', reason: 'error', attempts: 1, exitCode: 3, ...failed }],
    ['leaf', { state: 'failed', reason: 'parent_failed', attempts: 0 }],
    ['final', { state: 'ready', attempts: 0 }],
  ]);
  expect(await worker.work(() => ({}))).toEqual(['final']);
  await until(async () => (await client.workflow(id)).workflow.state === 'partial');
  await client.retry(id, {});
  expect(await worker.work(() => ({ cpuSec: 1.25, peakMemoryMib: 2.5 }))).toEqual(['root']);
  expect((await observations(id)).slice(1, 3)).toEqual([
    ['root', { state: 'finished', attempts: 2, exitCode: 0, ...ended, cpuSec: 1.25, memoryBytes: 2_621_440 }],
    ['leaf', { state: 'ready', attempts: 0 }],
  ]);
  expect(await worker.work(() => ({}))).toEqual(['leaf']);
  expect(await worker.work(() => ({}))).toEqual(['final']);
  await worker.end();
  // As it was submitted it knows nothing of the run; and the rows of jobs say the same as the document.
  expect(valuesOf(await exported(id))[2]).toEqual({
    ...{ name: 'root', after: [0], vars: { x: '1' }, observed: { runtimeSec: 99, avgCPU: 7 } },
  });
  const rows: JobView[] = [];
  for await (const row of client.jobs(id)) rows.push(row);
  expect(rows[1]).toMatchObject({ name: 'root', runtimeSec: 1.5, cpuSec: 1.25, memoryBytes: 2_621_440, attempt: 2 });
  expect(rows[0]).toMatchObject({ name: 'gate', runtimeSec: null, cpuSec: null, memoryBytes: null, attempt: 0 });
}, 60_000);

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error('it did not come to be within 10 s');
}

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${all.url}/api/v1/workflows/${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });

test('it comes compressed to a client that reads gzip, and only to that', async () => {
  const id = await submit(chain);
  const plain = await exported(id);
  const { request } = await import('node:http');
  const raw = await new Promise<{ coding: unknown; body: Buffer }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' };
    const sent = request(`${all.url}/api/v1/workflows/${id}/document`, { headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve({ coding: answer.headers['content-encoding'], body: Buffer.concat(parts) }));
    });
    sent.on('error', reject).end();
  });
  expect([raw.coding, gunzipSync(raw.body).toString()]).toEqual(['gzip', plain]);
  const refused = await get(`${id}/document`, { 'accept-encoding': 'gzip;q=0' });
  expect([refused.headers.get('content-encoding'), await refused.text()]).toEqual([null, plain]);
  // And what another machine is sent compressed reads the same.
  const elsewhere = new SluiceClient({ url: all.url.replace('127.0.0.1', '0.0.0.0'), token });
  const lines: string[] = [];
  for await (const line of elsewhere.documentLines(id, { observed: 'submitted' })) lines.push(line);
  await elsewhere.close();
  expect(`${lines.join('\n')}\n`).toBe(plain);
});

test('an unknown or unsealed workflow has no document, an unknown query none either', async () => {
  expect((await get('w-zzzzzzzzzz/document')).status).toBe(404);
  const opened = await fetch(`${all.url}/api/v1/workflows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'sluice/v1', name: 'half' }),
  });
  const { id } = (await opened.json()) as { id: string };
  expect((await get(`${id}/document`)).status).toBe(404);
  expect((await get('half/document')).status).toBe(404);
  expect((await get('last/document?observed=all')).status).toBe(400);
});

test('a workflow of an older version says that its document was not kept', async () => {
  const id = await submit(chain);
  await look.query('delete from parent_pack p using workflow w where w.id = p.workflow_id and w.public_id = $1', [id]);
  const answer = await get(`${id}/document`);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([409, 'document/not-kept']);
});

test('a long line is one line of the stream, and memory is bounded by text, not by jobs', async () => {
  const x = 'ü'.repeat(400_000);
  const header = '{"apiVersion":"sluice/v1","name":"long","templates":{"t":{"transform":"noop"}}}';
  const jobs = Array.from({ length: 12 }, (_, i) => JSON.stringify({ name: `j${i}`, vars: { x } }));
  const id = await submit(`${header}\n${jobs.join('\n')}\n`);
  const { rows } = await look.query<{ id: string }>('select id from workflow where public_id = $1', [id]);
  const { PostgresDocumentStore, Database } = await import('#adapter-postgres');
  const reader = await Database.connect({ url: database.url, name: 'test', connectionsMax: 1, planning: 'free' });
  const store = new PostgresDocumentStore(reader);
  const step = { workflowNo: rows[0]?.id ?? '', from: 0, rows: 12, bytesMax: 2_000_000 };
  expect((await store.documentJobs(step)).map(({ name }) => name)).toEqual(['j0', 'j1', 'j2']);
  await reader.close();
  expect(valuesOf(await exported(id)).slice(1)).toEqual(jobs.map((line) => JSON.parse(line) as unknown));
});

async function* bytes(...parts: string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part));
}

test('a document that was cut is refused by its own counts', async () => {
  const text = await exported(await submit(chain));
  const lines: string[] = [];
  for await (const line of linesOf(bytes(text))) lines.push(line);
  await expect(submit(`${lines.slice(0, -1).join('\n')}\n`)).rejects.toThrow(/refused|COUNT_MISMATCH/i);
});
