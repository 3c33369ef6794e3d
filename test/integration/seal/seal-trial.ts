/** Seal trials: importing it gives every test a fresh database, uploads by the use cases, and a look at the tables. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import pg from 'pg';
import { Database, PostgresSealStore, PostgresUploadStore } from '#adapter-postgres';
import { Template, type SealRequest } from '#contracts';
import type { CheckedJob } from '#core';
import {
  openUpload,
  requestSeal,
  sealWorkflow,
  storeChunk,
  type SealPorts,
  type StoreChunkRequest,
  type UploadHeader,
} from '#engine';
import { startTestPostgres, type TestDatabase, type TestPostgres } from '#test-kit';

let postgres: TestPostgres;
let testDatabase: TestDatabase;
export let database: Database;
export let client: pg.Client;
export let ports: SealPorts & { random: (bytes: number) => Uint8Array };

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

export const owner = { issuer: 'https://issuer', subject: 'me' };

export const header = (over: Partial<UploadHeader> = {}): UploadHeader => ({
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

export const job = (name: string, over: Partial<CheckedJob> = {}): CheckedJob => ({
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

export const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export async function open(over: Partial<UploadHeader> = {}, idempotencyKey: string | null = null): Promise<string> {
  const opening = await openUpload(ports, {
    header: header(over),
    writtenHeader: '{}',
    owner,
    space: 's',
    idempotencyKey,
  });
  expect(opening.kind).toBe('opened');
  return opening.id;
}

/** Uploads jobs in chunks. @returns the seal request that fits them. */
/** @param inTurn the chunks arrive one after the other as they are numbered, or the last one first */
export async function upload(id: string, jobs: CheckedJob[], chunkJobs = 3, inTurn = true): Promise<SealRequest> {
  const hash = createHash('sha256');
  const chunks: StoreChunkRequest[] = [];
  let chunkCount = 0;
  let edgeCount = 0;
  for (let firstOrdinal = 0; firstOrdinal < jobs.length; firstOrdinal += chunkJobs, chunkCount++) {
    const chunk = jobs.slice(firstOrdinal, firstOrdinal + chunkJobs);
    const sha256 = digest(JSON.stringify(chunk));
    hash.update(sha256);
    edgeCount += chunk.reduce((sum, { parents, endedParents }) => sum + parents.length + endedParents.length, 0);
    chunks.push({ workflowId: id, chunkNo: chunkCount, firstOrdinal, jobs: chunk, sha256 });
  }
  for (const chunk of inTurn ? chunks : chunks.reverse()) expect((await storeChunk(ports, chunk)).kind).toBe('stored');
  return { chunkCount, jobCount: jobs.length, edgeCount, hash: hash.digest('hex') };
}

export async function numberOf(id: string): Promise<string> {
  const [row] = await rows<{ id: string }>('select id from workflow where public_id = $1', [id]);
  if (!row) throw new Error(`no workflow ${id}`);
  return row.id;
}

export async function rows<R extends object>(sql: string, params: unknown[] = []): Promise<R[]> {
  return (await client.query<R>(sql, params)).rows;
}

export const tables = ['job', 'job_state', 'job_edge', 'ready', 'upload_chunk', 'task'] as const;

export async function count(table: (typeof tables)[number]): Promise<number> {
  const counts = await rows<Record<string, number>>(`select
    (select count(*)::int from job) as job, (select count(*)::int from job_state) as job_state,
    (select count(*)::int from job_edge) as job_edge, (select count(*)::int from ready) as ready,
    (select count(*)::int from upload_chunk) as upload_chunk, (select count(*)::int from task) as task`);
  return counts[0]?.[table] ?? -1;
}

/** Uploads, asks for the seal, and seals. */
export async function sealed(jobs: CheckedJob[], over: Partial<UploadHeader> = {}, change: Partial<SealRequest> = {}) {
  const id = await open(over);
  const request = { ...(await upload(id, jobs)), ...change };
  await requestSeal(ports, id, request);
  const workflowNo = await numberOf(id);
  return { id, workflowNo, sealing: await sealWorkflow(ports, workflowNo) };
}

export const statesSql = 'select ordinal, task, parents_left, state, kind from job_state order by ordinal';
export const edgesSql = 'select ordinal, on_success, on_ended from job_edge order by ordinal';
export const readySql = 'select task, priority, jobs, ordinals from ready order by id';
