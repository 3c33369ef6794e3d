import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { DocumentHeader, SealRequest, type UploadView } from '#contracts';
import { ProblemError } from './problem-error.js';
import { SluiceClient } from './sluice-client.js';
import type { SubmitChunk } from './submit-document.js';
import { UploadDiffers } from './upload-differs.js';

const header = DocumentHeader.parse({ apiVersion: 'sluice/v1', name: 'x' });
async function* chunksOf(count: number, onTaken?: (no: number) => void): AsyncGenerator<SubmitChunk> {
  for (let no = 0; no < count; no += 1) {
    onTaken?.(no);
    const seal = { chunkCount: no + 1, jobCount: no + 1, edgeCount: no, hash: `${no}`.padStart(64, '0') };
    yield { no, body: Buffer.from(`{"name":"j${no}"}\n`), firstOrdinal: no, jobs: 1, seal };
  }
}

/** The upload routes over a Map; `fault` may break the connection or answer for them. */
class Uploads {
  readonly stored = new Map<number, Buffer>();
  readonly puts: number[] = [];
  readonly keys: string[] = [];
  sealed: SealRequest | null = null;
  polls = 0;
  fault: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  refusal: UploadView['refusal'] = null;

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (this.fault(request, response)) return;
    this.answer(request, response, Buffer.concat(parts));
  }

  answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const route = `${request.method} ${request.url}`;
    const put = /^PUT .*\/chunks\/(\d+)\?firstOrdinal=(\d+)$/.exec(route);
    if (route === 'POST /api/v1/workflows') {
      this.keys.push(String(request.headers['idempotency-key']));
      response.writeHead(201).end(JSON.stringify({ id: 'w-aaaaaaaaaa' }));
    } else if (put) {
      const no = Number(put[1]);
      this.puts.push(no);
      this.stored.set(no, body);
      response.end(JSON.stringify({ chunk: no, jobs: 1, edges: 0 }));
    } else if (route.endsWith('/seal')) {
      this.sealed = SealRequest.parse(JSON.parse(body.toString()));
      response.writeHead(202).end(JSON.stringify(this.view()));
    } else {
      this.polls += 1;
      response.end(JSON.stringify(this.view()));
    }
  }

  private view(): UploadView {
    const state = !this.sealed ? 'uploading' : this.polls < 2 ? 'sealing' : this.refusal ? 'refused' : 'sealed';
    const digests = [...this.stored.values()].map((body) => createHash('sha256').update(body).digest('hex'));
    return { id: 'w-aaaaaaaaaa', state, chunks: [...this.stored.keys()], digests, refusal: this.refusal };
  }
}

const servers: Server[] = [];
const clients: SluiceClient[] = [];

async function start(uploads: Uploads): Promise<SluiceClient> {
  const server = createServer((request, response) => void uploads.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new SluiceClient({ url: `http://127.0.0.1:${port}`, token: 't' });
  servers.push(server);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a document arrives chunk by chunk and is sealed as its last chunk says', async () => {
  const uploads = new Uploads();
  const client = await start(uploads);
  const progress: number[] = [];
  const answer = await client.submit(
    { header, chunks: chunksOf(10) },
    { onProgress: ({ jobs }) => void progress.push(jobs) },
  );
  expect(answer.state).toBe('sealed');
  expect([...uploads.stored.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(uploads.sealed).toEqual({ chunkCount: 10, jobCount: 10, edgeCount: 9, hash: '9'.padStart(64, '0') });
  expect(progress.at(-1)).toBe(10);
  expect(uploads.keys[0]).toMatch(/^[0-9a-f-]{36}$/);
});

test('the reader of the document is never more than three chunks ahead of the server', async () => {
  const uploads = new Uploads();
  let aheadMax = 0;
  const client = await start(uploads);
  uploads.fault = (request, response) => {
    if (request.method !== 'PUT') return false;
    setTimeout(() => uploads.answer(request, response, Buffer.from('x')), 5);
    return true;
  };
  const chunks = chunksOf(30, (no) => void (aheadMax = Math.max(aheadMax, no - uploads.stored.size)));
  await client.submit({ header, chunks });
  expect(uploads.stored.size).toBe(30);
  expect(aheadMax).toBeLessThanOrEqual(3);
});

test('after a broken connection a chunk whose answer was lost is asked for, not sent again', async () => {
  const uploads = new Uploads();
  let broken = false;
  uploads.fault = (request) => {
    if (broken || request.method !== 'PUT' || !request.url?.includes('/chunks/1?')) return false;
    broken = true;
    uploads.stored.set(1, Buffer.from('{"name":"j1"}\n'));
    request.socket.destroy();
    return true;
  };
  // Chunk 0 takes the kept connection, so chunk 1 breaks on a new one: not what C1 repeats by itself.
  const client = await start(uploads);
  const answer = await client.submit({ header, chunks: chunksOf(2) });
  expect(answer.state).toBe('sealed');
  expect(broken).toBe(true);
  expect(uploads.stored.size).toBe(2);
  expect(uploads.puts).toEqual([0]);
});

test('a server that restarts in the middle loses nothing: every chunk is stored in the end', async () => {
  const uploads = new Uploads();
  let requests = 0;
  uploads.fault = (request, response) => {
    requests += 1;
    if (requests % 3 === 0) request.socket.destroy();
    else if (requests % 5 === 0) response.writeHead(503).end();
    else return false;
    return true;
  };
  const client = await start(uploads);
  const answer = await client.submit({ header, chunks: chunksOf(12) });
  expect(answer.state).toBe('sealed');
  expect(uploads.stored.size).toBe(12);
  expect(new Set(uploads.keys).size).toBe(1);
});

test('a refused chunk ends the submission at once with the problem', async () => {
  const uploads = new Uploads();
  uploads.fault = (request, response) => {
    if (request.method !== 'PUT') return false;
    response.writeHead(422).end(JSON.stringify({ type: 't', title: 'Refused', status: 422, code: 'document/refused' }));
    return true;
  };
  const client = await start(uploads);
  let taken = 0;
  const chunks = chunksOf(1_000, () => void (taken += 1));
  await expect(client.submit({ header, chunks })).rejects.toBeInstanceOf(ProblemError);
  expect(taken).toBeLessThan(20);
  expect(uploads.sealed).toBeNull();
});

test('a document that breaks off while it is read is never sealed', async () => {
  const uploads = new Uploads();
  const client = await start(uploads);
  const broken = (async function* () {
    yield* chunksOf(3);
    throw new Error('disk gone');
  })();
  await expect(client.submit({ header, chunks: broken })).rejects.toThrow('disk gone');
  expect(uploads.sealed).toBeNull();
});

test('an upload that broke off goes on: what is stored is compared, only the rest is sent', async () => {
  const uploads = new Uploads();
  const client = await start(uploads);
  for (const no of [4, 0, 1]) uploads.stored.set(no, Buffer.from(`{"name":"j${no}"}\n`));
  const key = { idempotencyKey: 'k', resume: true };
  const opened: unknown[] = [];
  const progress: number[] = [];
  const answer = await client.submit(
    { header, chunks: chunksOf(10) },
    { ...key, onOpened: (upload) => opened.push(upload), onProgress: ({ jobs }) => void progress.push(jobs) },
  );
  expect(answer.state).toBe('sealed');
  expect(opened).toEqual([{ id: 'w-aaaaaaaaaa', chunks: 3 }]);
  expect([...uploads.puts].sort()).toEqual([2, 3, 5, 6, 7, 8, 9]);
  expect(uploads.stored.size).toBe(10);
  expect(progress.at(-1)).toBe(10);
  expect(new Set(uploads.keys)).toEqual(new Set(['k']));
});

test('an upload does not go on with another document: one job, the number of chunks or the header differ', async () => {
  const uploads = new Uploads();
  const client = await start(uploads);
  const key = { idempotencyKey: 'k', resume: true };
  uploads.stored.set(0, Buffer.from('{"name":"j0"}\n')).set(1, Buffer.from('{"name":"other"}\n'));
  const differs = { error: { code: 'HASH_MISMATCH', where: '/jobs/1' } };
  await expect(client.submit({ header, chunks: chunksOf(4) }, key)).rejects.toMatchObject(differs);
  uploads.stored.set(1, Buffer.from('{"name":"j1"}\n'));
  await expect(client.submit({ header, chunks: chunksOf(1) }, key)).rejects.toMatchObject(differs);
  uploads.fault = (_, response) => {
    const problem = { type: 't', title: 'used', status: 422, code: 'idempotency-key/reused', detail: 'opened w-b' };
    response.writeHead(422).end(JSON.stringify(problem));
    return true;
  };
  await expect(client.submit({ header, chunks: chunksOf(4) }, key)).rejects.toBeInstanceOf(UploadDiffers);
  expect(uploads.sealed).toBeNull();
});

test('an upload whose seal was asked for before is not sent again, only sealed as it says', async () => {
  const uploads = new Uploads();
  const client = await start(uploads);
  await client.submit({ header, chunks: chunksOf(5) }, { idempotencyKey: 'k' });
  uploads.puts.length = 0;
  const answer = await client.submit({ header, chunks: chunksOf(5) }, { idempotencyKey: 'k', resume: true });
  expect(answer.state).toBe('sealed');
  expect(uploads.puts).toEqual([]);
});

test('what the seal refuses is an answer, not an error', async () => {
  const uploads = new Uploads();
  uploads.refusal = {
    errors: [{ code: 'CYCLE', where: '/jobs/0', message: 'a > b > a', remedy: 'cut one edge' }],
    counts: { CYCLE: 1 },
  };
  const client = await start(uploads);
  const answer = await client.submit({ header, chunks: chunksOf(1) });
  expect(answer).toMatchObject({ state: 'refused', refusal: uploads.refusal });
});

test('another document under the key stores nothing, also where a chunk that was in flight is missing', async () => {
  const uploads = new Uploads();
  const client = await start(uploads);
  for await (const { no, body } of chunksOf(3)) if (no !== 1) uploads.stored.set(no, Buffer.from(body));
  const other = (async function* () {
    for await (const chunk of chunksOf(4)) {
      await sleep(50); // as a long document is read
      yield chunk.no === 0 ? chunk : { ...chunk, body: Buffer.from(`{"name":"other${chunk.no}"}\n`) };
    }
  })();
  const submitting = client.submit({ header, chunks: other }, { idempotencyKey: 'k', resume: true });
  await expect(submitting).rejects.toMatchObject({ name: 'UploadDiffers' });
  expect(uploads.puts).toEqual([]);
  await client.submit({ header, chunks: chunksOf(3) }, { idempotencyKey: 'k', resume: true });
  expect([...uploads.stored.keys()].sort()).toEqual([0, 1, 2]);
  expect(uploads.puts).toEqual([1]);
});
