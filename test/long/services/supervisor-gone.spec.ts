// Goal: a service outlives its supervisor by 5 s at most, whoever keeps it busy; who only tells it to stop gives it 10 s.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { UploadOpened } from '#contracts';
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

const goneMsMax = 5_000;

let folder: TestFolder;
let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let environment: Record<string, string>;
let all: RunningService;
const token = randomBytes(32).toString('hex');

beforeAll(async () => {
  folder = makeTestFolder('supervisor-gone');
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createTestDatabase();
}, 120_000);
afterAll(async () => {
  await database.drop();
  await Promise.all([postgres.stop(), nats.stop()]);
  folder.remove();
}, 60_000);

beforeEach(async () => {
  const tokenFile = join(folder.path, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  environment = { DATABASE_URL: database.url, NATS_URL: nats.url, SLUICE_TOKEN_FILE: tokenFile };
  all = await RunningService.start('all', environment);
}, 60_000);
afterEach(() => all.stop('SIGKILL'));

/** A chunk of which one line has come: the gateway waits for the next. */
async function halfSentChunk(): Promise<ClientRequest> {
  const authorization = `Bearer ${token}`;
  const opened = await fetch(`${all.url}/api/v1/workflows`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'sluice/v1', name: 'slow', templates: { work: { transform: 'noop' } } }),
  });
  const { id } = UploadOpened.parse(await opened.json());
  const chunk = request(`${all.url}/api/v1/workflows/${id}/chunks/0?firstOrdinal=0`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/x-ndjson' },
  });
  chunk.on('error', () => undefined); // the connection ends with the service
  chunk.write('{"name":"a"}\n');
  await sleep(300);
  return chunk;
}

test.each([0, 300, 600])(
  'a service whose supervisor is gone %d ms after it was started does not go on without',
  async (startedMs) => {
    const early = RunningService.launch('all', environment);
    await sleep(startedMs);
    const sinceMs = performance.now();
    early.loseSupervisor();
    expect(await early.ended()).toBe(0);
    expect(performance.now() - sinceMs).toBeLessThan(goneMsMax);
  },
  30_000,
);

test.each([0, 200, 400, 600])(
  'a worker whose supervisor is gone %d ms after it was started does not wait for a gateway',
  async (startedMs) => {
    const nobody = { ...environment, SLUICE_URL: 'http://127.0.0.1:9' };
    const early = RunningService.launch('worker', nobody, ['--work-dir', join(folder.path, 'worker')]);
    await sleep(startedMs);
    const sinceMs = performance.now();
    early.loseSupervisor();
    const hard = setTimeout(() => void early.stop('SIGKILL'), 2 * goneMsMax);
    expect(await early.ended()).toBe(0);
    clearTimeout(hard);
    expect(performance.now() - sinceMs).toBeLessThan(goneMsMax);
  },
  30_000,
);

test('an idle service whose supervisor is gone ends at once, in order', async () => {
  const sinceMs = performance.now();
  all.loseSupervisor();
  expect(await all.ended()).toBe(0);
  expect(performance.now() - sinceMs).toBeLessThan(goneMsMax);
}, 30_000);

test('a service whose supervisor is gone is gone within 5 s, although a client keeps it busy', async () => {
  const chunk = await halfSentChunk();
  const sinceMs = performance.now();
  all.loseSupervisor();
  expect(await all.ended()).toBe(1);
  expect(performance.now() - sinceMs).toBeLessThan(goneMsMax);
  expect(all.log).toMatch(/not drained within 4 s/);
  chunk.destroy();
}, 30_000);

test('a service that is told to stop still takes what a client sends for 6 s more, and ends in order', async () => {
  const chunk = await halfSentChunk();
  const stopped = all.stop();
  await sleep(goneMsMax + 1_000);
  const answered = once(chunk, 'response') as Promise<[IncomingMessage]>;
  chunk.end('{"name":"b"}\n');
  const [answer] = await answered;
  expect(answer.statusCode).toBe(200);
  answer.resume();
  expect(await stopped).toBe(0);
}, 30_000);
