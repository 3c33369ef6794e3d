// Goal: PostgreSQL is away for long, under load, and nothing good is set aside; garbage among good ends harms none of them.
// AWAY_SEC: how long it is really away (else 12, on a clock that goes fifty times as fast: ten minutes), with ten times the
// jobs; AWAY_SEED: of the garbage.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectNats, StreamBacklog, StreamPublisher, type NatsConnection } from '#adapter-nats';
import { subjects } from '#contracts';
import { Random, TestStack, until } from '#test-kit';
import { mutateBytes } from '../../fuzz/mutate-bytes.js';

const awaySec = Number(process.env['AWAY_SEC'] ?? 12);
const seed = Number(process.env['AWAY_SEED'] ?? 7);
const clockScale = process.env['AWAY_SEC'] ? '1' : '50';
const jobs = process.env['AWAY_SEC'] ? 4_000 : 400;
const garbage = 300;
const template = { command: { argv: ['sleep', '0.05'] }, resources: { memoryMib: 1 } };
/** A service that lets nothing pile up stays far below. */
const rssMibMax = 400;

let stack: TestStack;
let connection: NatsConnection;
/** What transformers said of messages: each was delivered, or kept from being delivered again. */
let said = 0;

beforeAll(async () => {
  stack = await TestStack.start({ transformers: 2, environment: { SLUICE_CLOCK_SCALE: clockScale } });
  connection = await connectNats({ natsUrl: stack.nats.url, name: 'test' });
  connection.subscribe('$JS.ACK.>', { callback: () => void (said += 1) });
}, 60_000);
afterAll(async () => {
  await connection.close();
  await stack.stop();
}, 60_000);

const emptied = (): Promise<void> =>
  until('stream TERMINAL is empty', 60_000, async () => (await new StreamBacklog(connection).oldestSec()) === null);

function rssMib(name: string): number {
  const status = readFileSync(`/proc/${stack.service(name).pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1_024;
}

const ask = (path: string): Promise<Response> =>
  fetch(`${stack.urls[0] ?? ''}${path}`, { headers: { authorization: `Bearer ${stack.token}` } });

/** When PostgreSQL was started again. */
let awayUntil = new Date(0);

async function settledSince(at: Date): Promise<number> {
  const [row] = await stack.rows<{ count: number }>(
    'select count(*)::int as count from attempt where settled_at > $1',
    [at],
  );
  return row?.count ?? 0;
}

/** What the gateway says meanwhile, again and again until the time is over. */
async function whatIsAnswered(): Promise<string[]> {
  const answers = new Set<string>();
  const endMs = performance.now() + awaySec * 1_000;
  while (performance.now() < endMs) {
    const list = await ask('/api/v1/workflows');
    answers.add(
      `workflows ${list.status} ${list.headers.get('content-type') ?? ''} ${list.headers.get('retry-after') ?? ''}`,
    );
    await list.arrayBuffer();
    const live = await ask('/health/live');
    answers.add(`live ${live.status}`);
    await live.arrayBuffer();
    await sleep(500);
  }
  awayUntil = new Date();
  return [...answers].sort();
}

test(
  `PostgreSQL away for ${awaySec} s under load: all jobs finish once, nothing is set aside, the gateway says 503`,
  () =>
    stack.explained(async () => {
      const id = await stack.submit('away', { jobs, template });
      await Promise.all(['one', 'two'].map((name) => stack.startWorker(name)));
      await until('some have finished', 60_000, async () => (await stack.finished(id)) > 40);
      const saidBefore = said;
      const answers = await stack.postgres.without(whatIsAnswered, 'immediate');
      console.log(`${((said - saidBefore) / awaySec).toFixed(1)} messages a second while PostgreSQL was away`);
      await until('work goes on', 10_000, async () => (await settledSince(awayUntil)) > 0);
      expect(answers).toEqual(['live 200', 'workflows 503 application/problem+json 1']);
      const books = await stack.end(id, 180_000);
      expect(books).toMatchObject({ state: 'done', jobs, finished: jobs, notOnce: 0, open: 0, deadLetters: 0 });
      await emptied();
      for (const name of ['gateway-1', 'transformer-1', 'transformer-2', 'broker-1']) {
        expect([name, Math.max(rssMibMax, rssMib(name))]).toEqual([name, rssMibMax]);
      }
    }),
  (awaySec + 360) * 1_000,
);

/** A message about one job of a workflow, under a token that nobody has; then bytes of it are changed, or not. */
function spoilt(workflowNo: string, random: Random): Buffer {
  const event = { lease: 0, job: `${workflowNo}:${random.below(jobs)}`, attempt: 1, outcome: 'finished', endedAtMs: 1 };
  const uuid = `00000000-0000-4000-8000-${String(random.below(1e9)).padStart(12, '0')}`;
  const batch = { batchId: uuid, session: '1', partition: 0, leases: [{ id: '1', token: 'x' }], events: [event] };
  let bytes: Buffer = Buffer.from(JSON.stringify({ gateway: '', batches: [batch] }));
  for (let times = random.below(4); times > 0; times -= 1) bytes = mutateBytes(bytes, random);
  return bytes.subarray(0, 900_000);
}

test(
  `${garbage} spoilt messages among ends (seed ${seed}): none comes again and again, and all jobs finish once`,
  () =>
    stack.explained(async () => {
      const id = await stack.submit('spoilt', { jobs, template });
      const [row] = await stack.rows<{ id: string; partition: number }>(
        'select id::text, partition from workflow where public_id = $1',
        [id],
      );
      const random = new Random(seed);
      const publisher = new StreamPublisher(connection);
      const starts = stack.service('transformer-1').starts + stack.service('transformer-2').starts;
      for (let no = 0; no < garbage; no += 1) {
        await publisher.publish(subjects.terminal(row?.partition ?? 0), spoilt(row?.id ?? '', random));
      }
      const { deadLetters, ...books } = await stack.end(id, 120_000);
      expect(books).toMatchObject({ state: 'done', jobs, finished: jobs, notOnce: 0, open: 0 });
      await emptied();
      expect(deadLetters).toBeGreaterThan(garbage / 10);
      expect(deadLetters).toBeLessThanOrEqual(garbage);
      expect(stack.service('transformer-1').starts + stack.service('transformer-2').starts).toBe(starts);
    }),
  240_000,
);
