// Goal: every refusal reaches a client of the HTTP interface in the words that the command line has for it.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Problem, SealRequest, UploadOpened, UploadView } from '#contracts';
import { checkDocument, chunksOf, readDocument } from '#documents';
import { SluiceClient } from '#client';
import {
  badDocuments,
  makeTestFolder,
  RunningService,
  startTestNats,
  startTestPostgres,
  type BadDocument,
  type TestDatabase,
  type TestFolder,
  type TestNats,
  type TestPostgres,
} from '#test-kit';

const token = randomBytes(32).toString('hex');
const authorization = `Bearer ${token}`;
let folder: TestFolder;
let postgres: TestPostgres;
let nats: TestNats;
let database: TestDatabase;
let all: RunningService;

beforeAll(async () => {
  folder = makeTestFolder('refusals');
  const tokenFile = join(folder.path, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
  database = await postgres.createTestDatabase();
  all = await RunningService.start('all', {
    DATABASE_URL: database.url,
    NATS_URL: nats.url,
    SLUICE_TOKEN_FILE: tokenFile,
  });
}, 120_000);

afterAll(async () => {
  await all.stop();
  await database.drop();
  await Promise.all([postgres.stop(), nats.stop()]);
  folder.remove();
}, 60_000);

const post = (path: string, body: string): Promise<Response> =>
  fetch(all.url + path, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body });

const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Sends a document as a client does that checks nothing, until it is refused. */
async function refusalOf({ header, jobs }: Pick<BadDocument, 'header' | 'jobs'>): Promise<Problem> {
  const opened = await post('/api/v1/workflows', header);
  if (!opened.ok) return problemOf(opened);
  const path = `/api/v1/workflows/${UploadOpened.parse(await opened.json()).id}`;
  const seal = { chunkCount: 0, jobCount: 0, edgeCount: 0, hash: sha256('').toString('hex') };
  if (jobs.length > 0) {
    const body = `${jobs.join('\n')}\n`;
    const headers = { authorization, 'content-type': 'application/x-ndjson' };
    const stored = await fetch(`${all.url}${path}/chunks/0?firstOrdinal=0`, { method: 'PUT', headers, body });
    if (!stored.ok) return problemOf(stored);
    const hash = sha256(sha256(body)).toString('hex');
    Object.assign(seal, { chunkCount: 1, hash }, (await stored.json()) as object);
    [seal.jobCount, seal.edgeCount] = [jobs.length, (seal as unknown as { edges: number }).edges];
  }
  const { chunkCount, jobCount, edgeCount, hash } = seal;
  return problemOf(await post(`${path}/seal`, JSON.stringify({ chunkCount, jobCount, edgeCount, hash })));
}

async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = Problem.parse(await answer.json());
  expect(problem.status).toBe(answer.status);
  return problem;
}

test.each(badDocuments.map((document) => [document.code, document.message.slice(0, 60), document] as const))(
  '%s over HTTP: %s',
  async (code, _, { apiWhere, job, message, remedy, ...document }) => {
    const problem = await refusalOf(document);
    expect(problem).toMatchObject({ status: code === 'BAD_SYNTAX' ? 400 : 422, code: 'document/refused' });
    expect(problem.errors).toEqual([{ code, pointer: apiWhere, ...(job !== undefined && { job }), message, remedy }]);
    expect(problem.counts).toEqual({ [code]: 1 });
    expect(JSON.stringify(problem).length).toBeLessThan(16 * 1024);
  },
);

test('of 250 errors of three codes a hundred are told at once, and how many there are of each code', async () => {
  const header = '{"apiVersion":"sluice/v1","name":"many","templates":{"t":{"transform":"noop"}}}';
  const jobs = Array.from({ length: 250 }, (_, no) => {
    if (no < 150) return `{"name":"j${no}","template":"u"}`;
    return no < 200 ? `{"name":"j${no}","afer":[]}` : `{"name":"j${no} "}`;
  });
  const problem = await refusalOf({ header, jobs });
  expect(problem.errors?.length).toBe(100);
  expect(problem.counts).toEqual({ UNKNOWN_TEMPLATE: 150, UNKNOWN_FIELD: 50, BAD_NAME: 50 });
  const file = join(folder.path, 'many.ndjson');
  writeFileSync(file, [header, ...jobs].join('\n'));
  const verdict = await checkDocument(file);
  const refusal = 'refusal' in verdict ? verdict.refusal : null;
  expect(refusal?.counts).toEqual(problem.counts);
  expect(refusal?.errors.length).toBe(100);
  expect(new Set(refusal?.errors.map(({ code }) => code)).size).toBe(3);
});

test('HASH_MISMATCH over HTTP, and for the command line whose seal was changed on its way', async () => {
  const proxy = await sealChanged((seal) => ({ ...seal, hash: '0'.repeat(64) }));
  const client = new SluiceClient({ url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, token });
  try {
    const file = join(folder.path, 'good.ndjson');
    writeFileSync(
      file,
      '{"apiVersion":"sluice/v1","name":"good","templates":{"t":{"transform":"noop"}}}\n{"name":"a"}\n',
    );
    const document = await readDocument(file);
    const header = document.header as Parameters<typeof client.submit>[0]['header'];
    const answer = await client.submit({ header, chunks: chunksOf(document) });
    const error = {
      code: 'HASH_MISMATCH',
      where: '/hash',
      message: 'the hash over all chunks is not the one given at the seal: some chunk is not what was sent',
      remedy: 'Upload it again; `sluice submit` does so by itself.',
    };
    expect(answer).toMatchObject({ state: 'refused', refusal: { errors: [error], counts: { HASH_MISMATCH: 1 } } });
    const again = await post(`/api/v1/workflows/${answer.id}/seal`, JSON.stringify(sealOfNothing));
    expect(await problemOf(again)).toMatchObject({
      status: 422,
      errors: [{ code: 'HASH_MISMATCH', pointer: '/hash' }],
    });
    const view = await fetch(`${all.url}/api/v1/workflows/${answer.id}/upload`, { headers: { authorization } });
    expect(UploadView.parse(await view.json())).toMatchObject({ state: 'refused', refusal: { errors: [error] } });
  } finally {
    await client.close();
    proxy.close();
    proxy.closeAllConnections();
  }
});

const sealOfNothing: SealRequest = { chunkCount: 1, jobCount: 1, edgeCount: 0, hash: '0'.repeat(64) };

/** Passes every request on to the gateway, seals changed. */
async function sealChanged(change: (seal: SealRequest) => SealRequest): Promise<Server> {
  const server = createServer((request, response) => {
    void textOf(request).then(async (text) => {
      const isSeal = request.url?.endsWith('/seal') === true;
      const body = isSeal ? JSON.stringify(change(SealRequest.parse(JSON.parse(text)))) : text;
      const headers = { authorization, 'content-type': request.headers['content-type'] ?? 'application/json' };
      const answer = await fetch(`${all.url}${request.url ?? ''}`, {
        method: request.method,
        headers,
        ...(request.method === 'GET' ? {} : { body }),
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}
