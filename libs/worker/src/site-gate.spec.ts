// Goal: what a worker does when its site is stopped, drained and opened again; and when an operator ends the worker itself.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobFailure, defineTransform, z } from '#transform-sdk';
import { Journal } from './journal.js';
import { TrialGateway } from './trial-gateway.js';
import { Worker } from './worker.js';

let gates: Map<string, () => void>;
/** Runs until its gate is opened or it is stopped. */
const gated = defineTransform({
  name: 'gated',
  version: '1',
  params: z.unknown(),
  run: (_params, ctx) =>
    new Promise<void>((resolve, reject) => {
      gates.set(`${ctx.job.ordinal}:${ctx.job.attempt}`, resolve);
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error));
    }),
});

/** What transforms make of the order to stop: most throw it on, `command` says how its program ended, some know nothing. */
const lastWords = {
  telling: (order: JobFailure) => new JobFailure({ reason: order.reason, message: order.message, signal: 'SIGTERM' }),
  careless: () => new Error('This operation was aborted'),
};
const stoppable = Object.entries(lastWords).map(([name, words]) =>
  defineTransform({
    name,
    version: '1',
    params: z.unknown(),
    run: (_params, ctx) =>
      new Promise<void>((_resolve, reject) => {
        gates.set(name, () => undefined);
        ctx.signal.addEventListener('abort', () => reject(words(ctx.signal.reason as JobFailure)));
      }),
  }),
);

let folder: string;
let gateway: TrialGateway;
let worker: Worker;
let journal: Journal;

beforeEach(async () => {
  gates = new Map();
  folder = mkdtempSync(join(tmpdir(), 'sluice-gate-'));
  gateway = new TrialGateway({ heartbeatSec: 1 });
  journal = Journal.open(join(folder, 'journal'), () => undefined);
  worker = new Worker({
    ...{ url: await gateway.listen(), poolToken: () => 'pool', site: 's', name: 'w', cores: 2, memoryMib: 100 },
    ...{
      walltimeSec: null,
      tags: {},
      transforms: [gated, ...stoppable],
      workFolder: folder,
      keepFolders: 'failed',
      journal,
    },
    ...{ sessionFile: null, graceMs: 60_000, log: () => undefined },
  });
  await worker.start();
});
afterEach(async () => {
  for (const open of gates.values()) open();
  await worker.drain({ hurried: true });
  await journal.close();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

async function until(reached: () => boolean, what: string): Promise<void> {
  const endMs = Date.now() + 15_000;
  while (!reached()) {
    if (Date.now() > endMs) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Offers jobs of which two run at once. */
async function offerGated(count: number, first = 0): Promise<void> {
  const jobs = Array.from({ length: count }, (_, at) => ({ ordinal: first + at }));
  gateway.offer({ transform: 'gated', resources: { cores: 1, memoryMib: 1 } }, jobs);
  await until(() => gates.size === 2, 'two run, the others are queued');
}

const asksIdle = (): boolean => gateway.leaseRequests.at(-1)?.idle === true;

test('at a stopped site what has not started goes back, what runs is ended by order, and nothing starts', async () => {
  await offerGated(4);
  gateway.setSite('stopped', { quietly: true }); // the worker is busy and has no open poll: a heartbeat tells it
  await until(() => gateway.applied.size === 4, 'all four are told of');
  expect(gateway.ordinals('returned')).toEqual([2, 3]);
  for (const key of ['1:0:1', '1:1:1']) {
    expect(gateway.applied.get(key)).toMatchObject({ outcome: 'failed', reason: 'evicted', byOrder: true });
  }
  expect(gateway.applied.get('1:0:1')?.message).toContain('site s was stopped');
  await until(asksIdle, 'it asks idle');
  expect(worker.running).toBe(0);
  expect(gateway.requests['sessions/end']).toBe(0);
});

test.each(Object.keys(lastWords))(
  'an end by order is told as one, whatever the transform throws: %s',
  async (transform) => {
    gateway.offer({ transform, resources: { cores: 1, memoryMib: 1 } }, [{ ordinal: 0 }]);
    await until(() => gates.has(transform), 'it runs');
    gateway.setSite('stopped', { quietly: true });
    await until(() => gateway.applied.size === 1, 'it is told of');
    const told = gateway.applied.get('1:0:1');
    expect(told).toMatchObject({ outcome: 'failed', reason: 'evicted', byOrder: true, message: 'site s was stopped' });
    expect(told?.signal).toBe(transform === 'telling' ? 'SIGTERM' : undefined);
  },
);

test('once its site is open the worker goes on in the same session', async () => {
  gateway.setSite('stopped');
  await until(asksIdle, 'it asks idle');
  gateway.offer({ transform: 'gated', resources: { cores: 1, memoryMib: 1 } }, [{ ordinal: 7 }]);
  await until(() => gateway.requests.heartbeat >= 2, 'two beats later');
  expect(worker.counts.started).toBe(0);
  gateway.setSite('open');
  await until(() => gates.has('7:1'), 'it runs');
  expect(gateway.registered).toHaveLength(1);
});

test('at a draining site what runs ends by itself, and what has not started goes back', async () => {
  await offerGated(4);
  gateway.setSite('draining');
  await until(() => gateway.ordinals('returned').length === 2, 'the queued ones went back');
  await until(() => gateway.requests.heartbeat >= 2, 'two beats later');
  expect(worker.running).toBe(2);
  for (const open of gates.values()) open();
  await until(() => gateway.ordinals('finished').length === 2, 'what ran is finished');
  expect(gateway.ordinals('failed')).toEqual([]);
});

test('a draining site that is stopped ends what still runs', async () => {
  await offerGated(2);
  gateway.setSite('draining');
  await until(asksIdle, 'it asks idle');
  gateway.setSite('stopped', { quietly: true });
  await until(() => gateway.ordinals('failed').length === 2, 'both were ended');
});

test('jobs that were granted before the site closed and come after go back unstarted', async () => {
  await until(() => gateway.leaseRequests.length === 1, 'it polls');
  gateway.setSite('stopped', { quietly: true });
  await until(() => gateway.beats.length >= 1 && worker.isSiteOpen === false, 'a beat tells it');
  gateway.grantLate({ transform: 'gated', resources: { cores: 1, memoryMib: 1 } }, [{ ordinal: 3 }]);
  await until(() => gateway.applied.size === 1, 'it went back');
  expect(gateway.ordinals('returned')).toEqual([3]);
  expect(gates.size).toBe(0);
});

test('a worker that an operator stops ends at once, also one that drains already', async () => {
  await offerGated(3);
  gateway.drain = true;
  await until(() => gateway.ordinals('returned').length === 1, 'it drains');
  expect(worker.running).toBe(2);
  gateway.stop = true;
  await worker.drained;
  expect(gateway.ordinals('failed')).toEqual([0, 1]);
  expect(gateway.applied.get('1:0:1')).toMatchObject({ reason: 'evicted', byOrder: true });
  expect(gateway.requests['sessions/end']).toBe(1);
});
