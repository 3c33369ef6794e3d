/** Gateway trials: importing it gives a test file real services behind a gateway, and what its clients do. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import {
  type LeaseAnswer,
  Problem,
  type RegisterAnswer,
  type ReportAnswer,
  type UploadView,
  WorkflowView,
} from '#contracts';
import {
  makeTestFolder,
  RunningService,
  startTestNats,
  startTestPostgres,
  type TestDatabase,
  type TestFolder,
  type TestNats,
  type TestPostgres,
} from '#test-kit';

export const token = randomBytes(32).toString('hex');
export let folder: TestFolder;
export let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
export let environment: Record<string, string>;
export let all: RunningService;

beforeAll(async () => {
  folder = makeTestFolder('gateway');
  const tokenFile = join(folder.path, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createTestDatabase();
  const files = join(folder.path, 'files');
  environment = {
    ...{ DATABASE_URL: database.url, NATS_URL: nats.url, SLUICE_TOKEN_FILE: tokenFile, SLUICE_FILE_STORE: files },
  };
  all = await RunningService.start('all', environment);
}, 120_000);

afterAll(async () => {
  await all.stop();
  await database.drop();
  await Promise.all([postgres.stop(), nats.stop()]);
  folder.remove();
}, 60_000);

export interface Call {
  body?: string | Buffer<ArrayBuffer>;
  json?: unknown;
  headers?: Record<string, string>;
  /** Empty: none. */
  token?: string;
  of?: RunningService;
}

export function call(
  method: string,
  path: string,
  { body, json, headers, token: given = token, of = all }: Call = {},
): Promise<Response> {
  return fetch(of.url + path, {
    method,
    headers: {
      ...(given === '' ? {} : { authorization: `Bearer ${given}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json === undefined ? body : JSON.stringify(json),
  });
}

export async function jsonOf<T>(answer: Promise<Response>, status = 200): Promise<T> {
  const response = await answer;
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} in place of ${status}: ${text}`);
  return JSON.parse(text) as T;
}

export async function problemOf(answer: Promise<Response>): Promise<Problem> {
  const response = await answer;
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('x-powered-by')).toBeNull();
  const problem = Problem.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}

/** Whose a workflow is. */
export interface TrialOwner {
  space?: string;
  owner?: string;
}

export async function openUpload(
  name: string,
  template: object = {},
  { space, owner }: TrialOwner = {},
): Promise<string> {
  const json = { apiVersion: 'sluice/v1', name, space, templates: { work: { transform: 'noop', ...template } } };
  const headers = owner === undefined ? undefined : { 'sluice-owner': owner };
  return (await jsonOf<{ id: string }>(call('POST', '/api/v1/workflows', { json, headers }), 201)).id;
}

export const ndjson = { 'content-type': 'application/x-ndjson' };
export const putChunk = (
  id: string,
  no: number,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  call('PUT', `/api/v1/workflows/${id}/chunks/${no}?firstOrdinal=0`, { body, headers: { ...ndjson, ...headers } });

export const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** A sealed workflow of these lines, in one chunk. */
export async function submit(
  name: string,
  jobs: { name: string; after?: string[] }[],
  template: object = {},
  whose: TrialOwner = {},
): Promise<string> {
  const id = await openUpload(name, template, whose);
  const body = jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
  await jsonOf(putChunk(id, 0, body));
  const edgeCount = jobs.reduce((sum, { after }) => sum + (after?.length ?? 0), 0);
  const json = { chunkCount: 1, jobCount: jobs.length, edgeCount, hash: sha256(sha256(body)).toString('hex') };
  await jsonOf(call('POST', `/api/v1/workflows/${id}/seal`, { json }), 202);
  await until(async () => (await jsonOf<UploadView>(call('GET', `/api/v1/workflows/${id}/upload`))).state === 'sealed');
  return id;
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to be within 10 s');
}

export async function register(transforms = ['noop@1']): Promise<RegisterAnswer> {
  const json = { site: 'S', worker: 'w1', cores: 2, memoryMib: 8_192, walltimeSec: null, tags: {}, transforms };
  return jsonOf(call('POST', '/worker/v1/sessions', { json }), 201);
}

export const endSession = (worker: RegisterAnswer): Promise<Response> =>
  call('POST', '/worker/v1/sessions/end', { json: {}, token: worker.token });

/** Leases what is ready and ends it; `fails` names jobs that fail with exit 3. */
export async function work(worker: RegisterAnswer, fails: string[] = [], waitSec = 10): Promise<string[]> {
  const ask = {
    requestId: randomUUID(),
    free: { cores: 2, memoryMib: 8_192, walltimeLeftSec: null },
    max: 100,
    waitSec,
  };
  const answer = await jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json: ask, token: worker.token }));
  const [task] = answer.tasks;
  if (!answer.lease || !task) return [];
  const events = answer.jobs.map(({ name, ordinal, attempt }) => ({
    ...{ lease: 0, job: `${task.workflowNo}:${ordinal}`, attempt, startedAtMs: Date.now(), endedAtMs: Date.now() },
    ...(fails.includes(name)
      ? { outcome: 'failed', reason: 'error', exitCode: 3, message: 'no such file' }
      : { outcome: 'finished', exitCode: 0 }),
  }));
  const ids = { batchId: randomUUID(), session: worker.session, partition: task.partition };
  const report = { ...ids, leases: [answer.lease], events };
  // As a worker does: a batch that is not settled is sent again under its id, and counts once.
  await until(async () => {
    const answer = await call('POST', '/worker/v1/report', { json: report, token: worker.token });
    const { state, verdicts } = (await answer.json()) as Partial<ReportAnswer>;
    if (state === 'settled') expect(verdicts).toMatchObject({ events: events.length, stale: [], duplicate: [] });
    return state === 'settled';
  });
  return answer.jobs.map(({ name }) => name);
}

export const show = async (selector: string): Promise<WorkflowView> =>
  WorkflowView.parse(await jsonOf(call('GET', `/api/v1/workflows/${selector}`)));
