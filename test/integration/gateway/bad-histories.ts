/**
 * Bad inputs of the list that take more than one call, or time: what becomes of the last one. Not here: what needs an
 * issuer of tokens, spaces of others or a file store.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type {
  HeartbeatAnswer,
  LeaseAnswer,
  Problem,
  RegisterAnswer,
  ReportAnswer,
  UploadOpened,
  UploadView,
} from '#contracts';
import { checkDocument } from '#documents';
import { RunningService } from '#test-kit';
import {
  all,
  call,
  endSession,
  environment,
  folder,
  jsonOf,
  ndjson,
  register,
  sha256,
  show,
  submit,
  token,
  until,
} from './gateway-trial.js';

export interface BadHistory {
  id: string;
  what: string;
  /** @returns what is told in the end */
  play: () => Promise<unknown>;
  is: unknown;
}

const problem = async (answer: Promise<Response>): Promise<Problem> => (await answer).json() as Promise<Problem>;
const header = { apiVersion: 'sluice/v1', name: 'bad history', templates: { work: { transform: 'noop' } } };

async function leased(worker: RegisterAnswer): Promise<LeaseAnswer> {
  const free = { cores: 2, memoryMib: 8_192, walltimeLeftSec: null };
  const ask = { requestId: randomUUID(), free, max: 100, waitSec: 10 };
  return jsonOf<LeaseAnswer>(call('POST', '/worker/v1/lease', { json: ask, token: worker.token }));
}

interface Ended {
  job: string;
  attempt: number;
  outcome?: 'finished' | 'failed';
}

/** Reports ends of attempts under a lease in a batch of its own, until it is settled. */
async function verdictsOf(worker: RegisterAnswer, lease: LeaseAnswer, ends: readonly Ended[]): Promise<unknown> {
  const events = ends.map(({ job, attempt, outcome = 'finished' }) => ({
    ...{ lease: 0, job, attempt, outcome, endedAtMs: Date.now(), exitCode: outcome === 'failed' ? 1 : 0 },
    ...(outcome === 'failed' && { reason: 'error' }),
  }));
  const partition = lease.tasks[0]?.partition ?? 0;
  const batch = { batchId: randomUUID(), session: worker.session, partition, leases: [lease.lease], events };
  let answer: Partial<ReportAnswer> = {};
  await until(async () => {
    answer = await jsonOf<ReportAnswer>(call('POST', '/worker/v1/report', { json: batch, token: worker.token }));
    return answer.state === 'settled';
  });
  return answer.verdicts;
}

/** A worker that was leased the jobs of a workflow of its own. */
async function onWork(
  jobs: readonly string[],
  template: object,
  play: (rig: {
    id: string;
    worker: RegisterAnswer;
    lease: LeaseAnswer;
    jobOf: (at: number) => string;
  }) => Promise<unknown>,
): Promise<unknown> {
  const id = await submit(
    'history',
    jobs.map((name) => ({ name })),
    template,
  );
  const worker = await register();
  const lease = await leased(worker);
  const jobOf = (at: number): string => `${lease.tasks[0]?.workflowNo}:${lease.jobs[at]?.ordinal ?? at}`;
  try {
    return await play({ id, worker, lease, jobOf });
  } finally {
    await endSession(worker);
    await call('POST', `/api/v1/workflows/${id}/cancel`);
  }
}

/** Writes bytes, then a little every second, until the server has enough. @returns the status that it says, and after how long */
function trickle(first: string, more: string): Promise<{ status: number; seconds: number }> {
  const { hostname, port } = new URL(all.url);
  const begun = performance.now();
  return new Promise((resolve) => {
    let told = '';
    const socket = connect(Number(port), hostname, () => socket.write(first));
    const drip = setInterval(() => socket.write(more), 1_000);
    socket.setEncoding('latin1').on('data', (part: string) => (told += part));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(drip);
      resolve({ status: Number(told.slice(9, 12)), seconds: (performance.now() - begun) / 1_000 });
    });
  });
}

const post = `POST /api/v1/workflows HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n`;
const stale = { duplicate: [], stale: [0] };
const duplicate = { duplicate: [0], stale: [] };
/** What a slow caller begins with, and what it adds bit by bit. */
const slowCallers = {
  'a body in chunks that never ends': [`${post}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  'headers that come slowly': ['GET / HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n'],
  'a body that comes slowly': [`${post}Content-Length: 1000\r\n\r\n`, ' '],
} as const;
const slowAnswers = new Map<string, Promise<unknown>>();

/** The history of a slow caller. All of them call at once when the first is asked for: each waits for 30 s. */
const slowHistory = (id: string, what: keyof typeof slowCallers): BadHistory => ({
  ...{ id, what, is: { status: 408, inTime: true } },
  play: async () => {
    if (slowAnswers.size === 0)
      for (const [each, [first, more]] of Object.entries(slowCallers)) {
        const answer = trickle(first, more);
        // 30, and the look of a busy machine
        slowAnswers.set(
          each,
          answer.then(({ status, seconds }) => ({ status, inTime: seconds <= 31 })),
        );
      }
    return slowAnswers.get(what);
  },
});

/** Length of the longest chain of jobs that is tried; the list asks for 1,000,000: see test:long. */
const chainJobs = Number(process.env['CHAIN_JOBS'] ?? 20_000);

/** Submits a chain, chunk by chunk, each job after the one before. @returns the state that its upload comes to */
async function chain(): Promise<string> {
  const { id } = await jsonOf<UploadOpened>(call('POST', '/api/v1/workflows', { json: header }), 201);
  const digests: Buffer[] = [];
  const lines = 10_000;
  for (let from = 0; from < chainJobs; from += lines) {
    const many = Math.min(lines, chainJobs - from);
    const jobs = Array.from({ length: many }, (_, at) => ({
      name: `j${from + at}`,
      ...(from + at > 0 && { after: [from + at - 1] }),
    }));
    const body = jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
    const path = `/api/v1/workflows/${id}/chunks/${digests.length}?firstOrdinal=${from}`;
    await jsonOf(call('PUT', path, { body, headers: ndjson }));
    digests.push(sha256(body));
  }
  const counts = { chunkCount: digests.length, jobCount: chainJobs, edgeCount: chainJobs - 1 };
  const json = { ...counts, hash: sha256(Buffer.concat(digests)).toString('hex') };
  await jsonOf(call('POST', `/api/v1/workflows/${id}/seal`, { json }), 202);
  for (let looks = 0; looks < 600; looks += 1) {
    const { state } = await jsonOf<UploadView>(call('GET', `/api/v1/workflows/${id}/upload`));
    if (state !== 'sealing') {
      await call('POST', `/api/v1/workflows/${id}/cancel`);
      return state;
    }
    await sleep(500);
  }
  return 'sealing';
}

export const badHistories: readonly BadHistory[] = [
  { id: 'B15', what: `a chain of ${chainJobs} jobs`, play: chain, is: 'sealed' },
  {
    id: 'B61',
    what: 'YAML that unfolds to more than it holds, and YAML with a tag',
    play: async () => {
      const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`).join(',')}]\n`)
        .join('')}`;
      const codesOf = async (text: string): Promise<string[]> => {
        const file = join(folder.path, 'bad.yaml');
        writeFileSync(file, text);
        const checked = await checkDocument(file);
        return 'refusal' in checked ? Object.keys(checked.refusal.counts) : [];
      };
      return [await codesOf(bomb), await codesOf('apiVersion: !!js/function "x"\n')].map((codes) => codes.length > 0);
    },
    is: [true, true],
  },
  slowHistory('B75', 'a body in chunks that never ends'),
  slowHistory('B78', 'headers that come slowly'),
  slowHistory('B78', 'a body that comes slowly'),
  {
    id: 'B80',
    what: 'more calls than one caller may make',
    play: async () => {
      const gateway = await RunningService.start('gateway', { ...environment, SLUICE_CALLS_PER_SEC: '1' });
      const calls = Array.from({ length: 60 }, () => call('GET', '/api/v1/workflows', { of: gateway }));
      const refused = (await Promise.all(calls)).find(({ status }) => status === 429);
      await gateway.stop();
      return [refused?.headers.get('retry-after'), await refused?.json()];
    },
    is: [expect.stringMatching(/^[1-9]\d*$/), expect.objectContaining({ status: 429, code: 'limit/rate' })],
  },
  {
    id: 'B111',
    what: 'an end of a job that is not there',
    play: () =>
      onWork(['a'], {}, ({ worker, lease }) => verdictsOf(worker, lease, [{ job: '999999999:7', attempt: 1 }])),
    is: expect.objectContaining(stale),
  },
  {
    id: 'B112',
    what: 'an end of an attempt that is not the one',
    play: () =>
      onWork(['a'], {}, ({ worker, lease, jobOf }) => verdictsOf(worker, lease, [{ job: jobOf(0), attempt: 2 }])),
    is: expect.objectContaining(stale),
  },
  {
    id: 'B113',
    what: 'the same end again',
    play: () =>
      onWork(['a'], {}, async ({ worker, lease, jobOf }) => {
        await verdictsOf(worker, lease, [{ job: jobOf(0), attempt: 1 }]);
        return verdictsOf(worker, lease, [{ job: jobOf(0), attempt: 1 }]);
      }),
    is: expect.objectContaining(duplicate),
  },
  {
    id: 'B114',
    what: 'another end of what has ended',
    play: () =>
      onWork(['a'], {}, async ({ id, worker, lease, jobOf }) => {
        await verdictsOf(worker, lease, [{ job: jobOf(0), attempt: 1 }]);
        const verdicts = await verdictsOf(worker, lease, [{ job: jobOf(0), attempt: 1, outcome: 'failed' }]);
        return [verdicts, (await show(id)).workflow.state];
      }),
    is: [expect.objectContaining(duplicate), 'done'],
  },
  {
    id: 'B115',
    what: 'an end after the cancel',
    play: () =>
      onWork(['a'], {}, async ({ id, worker, lease, jobOf }) => {
        await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
        await until(async () => (await show(id)).workflow.state === 'cancelled');
        return verdictsOf(worker, lease, [{ job: jobOf(0), attempt: 1 }]);
      }),
    is: expect.objectContaining(stale),
  },
  {
    id: 'B116',
    what: 'a heartbeat that holds what was taken from it',
    play: () =>
      onWork(['a'], {}, async ({ id, worker, lease, jobOf }) => {
        await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
        await until(async () => (await show(id)).workflow.state === 'cancelled');
        const held = [{ job: jobOf(0), attempt: 1 }];
        const leaseSeen = lease.lease?.id ?? null;
        const beat = { heldCount: 1, heldHash: 1, leaseSeen, held, batches: [], draining: false };
        let kill: HeartbeatAnswer['kill'] = [];
        await until(async () => {
          const json = { ...beat, upMs: performance.now() };
          ({ kill } = await jsonOf<HeartbeatAnswer>(
            call('POST', '/worker/v1/heartbeat', { json, token: worker.token }),
          ));
          return kill.length > 0;
        });
        return [...new Set(kill.map(({ job, attempt }) => `${job === jobOf(0)} ${attempt}`))];
      }),
    is: ['true 1'],
  },
  {
    id: 'B119',
    what: 'a chunk for what is sealed',
    play: async () => {
      const id = await submit('sealed', [{ name: 'a' }]);
      const path = `/api/v1/workflows/${id}/chunks/1?firstOrdinal=1`;
      const told = await problem(call('PUT', path, { body: '{"name":"b"}\n', headers: ndjson }));
      await call('POST', `/api/v1/workflows/${id}/cancel`);
      return told;
    },
    is: expect.objectContaining({ status: 409, code: 'upload/closed' }),
  },
  {
    id: 'B120',
    what: 'a key with another body',
    play: async () => {
      const key = { 'idempotency-key': randomUUID() };
      await jsonOf(call('POST', '/api/v1/workflows', { json: header, headers: key }), 201);
      return problem(call('POST', '/api/v1/workflows', { json: { ...header, name: 'other' }, headers: key }));
    },
    is: expect.objectContaining({ status: 422, code: 'idempotency-key/reused' }),
  },
  {
    id: 'B121',
    what: 'a key twenty times at once',
    play: async () => {
      const headers = { 'idempotency-key': randomUUID() };
      const open = () => jsonOf<UploadOpened>(call('POST', '/api/v1/workflows', { json: header, headers }), 201);
      return new Set((await Promise.all(Array.from({ length: 20 }, open))).map(({ id }) => id)).size;
    },
    is: 1,
  },
  {
    id: 'B122',
    what: 'an order under a condition that does not hold',
    play: async () => {
      const site = { json: { note: 'old' }, headers: { 'if-match': '"stale"' } };
      return [
        await problem(call('PUT', '/api/v1/sites/conditional', site)),
        (await call('GET', '/api/v1/sites/conditional')).status,
      ];
    },
    is: [expect.objectContaining({ status: 412, code: 'http/if-match' }), 404],
  },
  {
    id: 'B123',
    what: 'two bad ends among 500',
    play: () =>
      onWork(['a'], {}, async ({ id, worker, lease, jobOf }) => {
        const good = { lease: 0, job: jobOf(0), attempt: 1, outcome: 'finished', endedAtMs: Date.now() };
        const events = Array.from({ length: 500 }, (_, at) =>
          at === 7 || at === 499 ? { ...good, attempt: 'x' } : good,
        );
        const batch = { batchId: randomUUID(), session: worker.session, partition: 0, leases: [lease.lease], events };
        const told = await problem(call('POST', '/worker/v1/report', { json: batch, token: worker.token }));
        return [told, (await show(id)).workflow.counts.finished];
      }),
    is: [
      expect.objectContaining({
        ...{ status: 422, code: 'schema/invalid' },
        errors: [
          expect.objectContaining({ pointer: '/events/7/attempt' }),
          expect.objectContaining({ pointer: '/events/499/attempt' }),
        ],
      }),
      0,
    ],
  },
  {
    id: 'B124',
    what: 'the same end twice in one batch',
    play: () =>
      onWork(['a'], {}, async ({ worker, lease, jobOf }) => {
        const end = { job: jobOf(0), attempt: 1 };
        return verdictsOf(worker, lease, [end, end]);
      }),
    is: expect.objectContaining({ duplicate: [1], stale: [] }),
  },
  {
    id: 'B126',
    what: 'a batch of nothing',
    play: () =>
      onWork(['a'], {}, ({ worker, lease }) => {
        const batch = {
          batchId: randomUUID(),
          session: worker.session,
          partition: 0,
          leases: [lease.lease],
          events: [],
        };
        return problem(call('POST', '/worker/v1/report', { json: batch, token: worker.token }));
      }),
    is: expect.objectContaining({
      status: 422,
      code: 'schema/invalid',
      errors: [expect.objectContaining({ pointer: '/events' })],
    }),
  },
];
