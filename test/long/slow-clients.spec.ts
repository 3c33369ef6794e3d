/**
 * Goal: clients that send slowly, read slowly, send too much or hold connections open for nothing are cut or refused, the
 * gateway's memory stays bounded, and others are served meanwhile. How fast is printed; only what comes of it is asserted.
 * LIST_JOBS and IDLE_CONNECTIONS try more.
 */
import { readFileSync } from 'node:fs';
import { request as httpRequest, Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import type { UploadOpened, UploadView } from '#contracts';
import { all, call, jsonOf, ndjson, sha256, token } from '../integration/gateway/gateway-trial.js';

const listJobs = Number(process.env['LIST_JOBS'] ?? 100_000);
const idleConnections = Number(process.env['IDLE_CONNECTIONS'] ?? 200);
/** More than the gateway may grow by, whatever its clients do. */
const growthMibMax = 400;

const rssMib = (): number => {
  const status = readFileSync(`/proc/${all.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
};

/** Plain GETs, one after the other, while something else goes on. */
class Others {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly tookMs: number[] = [];
  private refused = 0;
  private over = false;
  private readonly asking: Promise<void>;
  private mostMib = 0;
  private readonly beganMib = rssMib();

  constructor() {
    this.asking = this.ask();
  }

  private async ask(): Promise<void> {
    while (!this.over) {
      const begun = performance.now();
      if ((await this.get()) !== 200) this.refused += 1;
      this.tookMs.push(performance.now() - begun);
      this.mostMib = Math.max(this.mostMib, rssMib());
      await sleep(20);
    }
  }

  private get(): Promise<number> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}` };
      const sent = httpRequest(`${all.url}/api/v1/workflows?limit=1`, { agent: this.agent, headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      sent.on('error', () => resolve(0)).end();
    });
  }

  /** @returns what became of them; says how fast they were */
  async end(what: string): Promise<{ refused: number; grewMib: number }> {
    this.over = true;
    await this.asking;
    this.agent.destroy();
    const sorted = [...this.tookMs].sort((a, b) => a - b);
    const at = (part: number): string => (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(1);
    const grewMib = Math.max(0, this.mostMib - this.beganMib);
    process.stderr.write(
      `${what}: ${sorted.length} plain GETs p50 ${at(0.5)} ms p99 ${at(0.99)} ms, memory up ${grewMib.toFixed(0)} MiB\n`,
    );
    return { refused: this.refused, grewMib };
  }
}

interface Slow {
  socket: Socket;
  /** Bytes that came. */
  came: () => number;
  /** Resolves when the server closed it. */
  closed: Promise<string>;
}

function open(first: string, { reads = true }: { reads?: boolean } = {}): Slow {
  const { hostname, port } = new URL(all.url);
  const socket = connect(Number(port), hostname, () => first !== '' && socket.write(first));
  let text = '';
  let came = 0;
  if (reads)
    socket.on('data', (part: Buffer) => {
      came += part.length;
      if (text.length < 1_000) text += part.toString('latin1');
    });
  else socket.pause();
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  return { socket, came: () => came, closed };
}

const auth = `Host: x\r\nAuthorization: Bearer ${token}\r\n`;

async function sealed(jobs: number): Promise<string> {
  const json = { apiVersion: 'sluice/v1', name: 'long', templates: { work: { transform: 'noop' } } };
  const { id } = await jsonOf<UploadOpened>(call('POST', '/api/v1/workflows', { json }), 201);
  const digests: Buffer[] = [];
  for (let from = 0; from < jobs; from += 10_000) {
    const body = Array.from({ length: Math.min(10_000, jobs - from) }, (_, at) => `{"name":"job-${from + at}"}\n`).join(
      '',
    );
    const path = `/api/v1/workflows/${id}/chunks/${digests.length}?firstOrdinal=${from}`;
    await jsonOf(call('PUT', path, { body, headers: ndjson }));
    digests.push(sha256(body));
  }
  const seal = {
    chunkCount: digests.length,
    jobCount: jobs,
    edgeCount: 0,
    hash: sha256(Buffer.concat(digests)).toString('hex'),
  };
  await jsonOf(call('POST', `/api/v1/workflows/${id}/seal`, { json: seal }), 202);
  for (let looks = 0; looks < 600; looks += 1) {
    if ((await jsonOf<UploadView>(call('GET', `/api/v1/workflows/${id}/upload`))).state === 'sealed') return id;
    await sleep(200);
  }
  throw new Error('it was not sealed');
}

test('slow headers and slow bodies, two hundred of each, are told so and cut', async () => {
  const others = new Others();
  const slow = Array.from({ length: 400 }, (_, at) =>
    open(
      at % 2
        ? `GET /api/v1/workflows HTTP/1.1\r\n${auth}`
        : `POST /api/v1/shares/use HTTP/1.1\r\n${auth}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{`,
    ),
  );
  const drip = setInterval(() => {
    for (const [at, { socket }] of slow.entries()) if (socket.writable) socket.write(at % 2 ? 'X-Slow: 1\r\n' : ' ');
  }, 1_000);
  const told = await Promise.all(slow.map(({ closed }) => closed));
  clearInterval(drip);
  const { refused, grewMib } = await others.end('slow requests');
  expect(told.filter((text) => !text.startsWith('HTTP/1.1 408'))).toEqual([]);
  expect(refused).toBe(0);
  expect(grewMib).toBeLessThan(growthMibMax);
}, 120_000);

test('clients that ask for all jobs and do not read are cut; one that reads slowly gets all of them', async () => {
  const id = await sealed(listJobs);
  const others = new Others();
  const ask = `GET /api/v1/workflows/${id}/jobs HTTP/1.1\r\n${auth}Accept: application/x-ndjson\r\n\r\n`;
  const silent = Array.from({ length: 4 }, () => open(ask, { reads: false }));
  const slow = open(ask, { reads: false });
  let took = 0;
  const sip = setInterval(() => {
    const part = slow.socket.read() as Buffer | null;
    if (part) took += part.length;
  }, 20);
  await Promise.all(silent.map(({ closed, socket }) => cutSoon(closed, socket)));
  const { refused, grewMib } = await others.end(`clients that do not read ${listJobs} jobs`);
  const slowly = slow.socket;
  expect(slowly.destroyed).toBe(false);
  clearInterval(sip);
  expect(took).toBeGreaterThan(0);
  slowly.destroy();
  expect(refused).toBe(0);
  expect(grewMib).toBeLessThan(growthMibMax);
  const { length } = (
    await (await call('GET', `/api/v1/workflows/${id}/jobs`, { headers: { accept: 'application/x-ndjson' } })).text()
  ).split('\n');
  expect(length - 1).toBe(listJobs);
  await call('POST', `/api/v1/workflows/${id}/cancel`);
}, 300_000);

/** A paused socket does not see that it was closed: it looks by writing. */
async function cutSoon(closed: Promise<string>, socket: Socket): Promise<void> {
  const looking = setInterval(() => socket.writable && socket.write('\r\n'), 1_000);
  await closed;
  clearInterval(looking);
}

test('bodies beyond the limits, plain, in chunks or packed, are refused while they come', async () => {
  const others = new Others();
  const header = { apiVersion: 'sluice/v1', name: 'bombed', templates: { work: { transform: 'noop' } } };
  const { id } = await jsonOf<UploadOpened>(call('POST', '/api/v1/workflows', { json: header }), 201);
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, '{"name":"a"}\n'));
  const headers = { ...ndjson, 'content-encoding': 'gzip' };
  const chunk = (body: Buffer<ArrayBuffer>) =>
    call('PUT', `/api/v1/workflows/${id}/chunks/0?firstOrdinal=0`, { body, headers });
  const bombed = await Promise.all(Array.from({ length: 10 }, () => chunk(bomb)));
  // Whichever is met first: more bytes than a chunk may have, or the first job of a name that is taken.
  expect([413, 422]).toEqual(expect.arrayContaining(bombed.map(({ status }) => status)));
  const json = { 'content-type': 'application/json' };
  const large = await call('PUT', '/api/v1/limits/named/n', { body: Buffer.alloc(2_000_000, ' '), headers: json });
  expect(large.status).toBe(413);
  const endless = open(
    `POST /api/v1/dead-letters/drop HTTP/1.1\r\n${auth}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const part = `10000\r\n${' '.repeat(65_536)}\r\n`;
  const pour = setInterval(() => endless.socket.writable && endless.socket.write(part), 5);
  expect(await endless.closed).toMatch(/^HTTP\/1.1 413/);
  clearInterval(pour);
  const { refused, grewMib } = await others.end('bodies beyond the limits');
  expect(refused).toBe(0);
  expect(grewMib).toBeLessThan(growthMibMax);
}, 120_000);

test(`B79 ${idleConnections} connections that say nothing are closed`, async () => {
  const others = new Others();
  const idle = Array.from({ length: idleConnections }, () => open(''));
  const told = await Promise.all(idle.map(({ closed }) => closed));
  const { refused, grewMib } = await others.end(`${idleConnections} idle connections`);
  expect(told.filter((text) => text !== '' && !text.startsWith('HTTP/1.1 408'))).toEqual([]);
  expect(refused).toBe(0);
  expect(grewMib).toBeLessThan(growthMibMax);
}, 120_000);
