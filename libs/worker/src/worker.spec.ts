import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fnv1a } from '#contracts';
import { JobFailure, JobUnstarted, defineTransform, z } from '#transform-sdk';
import { Journal } from './journal.js';
import { TrialGateway, type TrialOptions } from './trial-gateway.js';
import { Worker, type WorkerOptions } from './worker.js';

const gates = new Map<string, () => void>();
const noop = defineTransform({ name: 'noop', version: '1', params: z.unknown(), run: () => undefined });
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
const picky = defineTransform({
  name: 'picky',
  version: '1',
  params: z.object({ a: z.number(), b: z.number().default(5) }),
  run: ({ a, b }) => {
    if (a < 0) throw new JobFailure({ reason: 'site', message: 'negative', exitCode: 9 });
    return { sum: a + b };
  },
});
const unwilling = defineTransform({
  name: 'unwilling',
  version: '1',
  params: z.unknown(),
  run: () => Promise.reject(new JobUnstarted('not here, not now')),
});
const deaf = defineTransform({
  name: 'deaf',
  version: '1',
  params: z.unknown(),
  run: () => new Promise<void>(() => undefined),
});

let folder: string;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-worker-'));
  gates.clear();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function gatewayOf(options: TrialOptions = {}): Promise<{ gateway: TrialGateway; url: string }> {
  const gateway = new TrialGateway({ heartbeatSec: 1, ...options });
  const url = await gateway.listen();
  closers.push(() => gateway.close());
  return { gateway, url };
}

async function workerOn(url: string, given: Partial<WorkerOptions> = {}): Promise<Worker> {
  const journal = given.journal ?? Journal.open(join(folder, 'journal'), () => undefined);
  const worker = new Worker({
    ...{ url, poolToken: () => 'pool', site: 's', name: 'w', cores: 4, memoryMib: 100, walltimeSec: null, tags: {} },
    ...{
      transforms: [noop, gated, picky, unwilling, deaf],
      workFolder: folder,
      keepFolders: 'failed',
      journal,
      sessionFile: null,
      graceMs: 200,
    },
    ...{ log: () => undefined, ...given },
  });
  closers.push(() => worker.drain().then(() => journal.close()));
  await worker.start();
  return worker;
}

async function until(reached: () => boolean, what: string): Promise<void> {
  const endMs = Date.now() + 15_000;
  while (!reached()) {
    if (Date.now() > endMs) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
/** Lets gated jobs end as they start. */
async function openAll(reached: () => boolean): Promise<void> {
  await until(() => {
    for (const open of gates.values()) open();
    return reached();
  }, 'all gates open');
}
const ordinals = (count: number, first = 0) => Array.from({ length: count }, (_, at) => ({ ordinal: first + at }));
const oneMib = { memoryMib: 1, cores: 1 } as const;

test('jobs run in leases that grow, and each is applied once', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({}, ordinals(20_000));
  await workerOn(url);
  await until(() => gateway.applied.size === 20_000, 'all applied');
  expect(gateway.verdictCounts).toEqual({ applied: 20_000, duplicate: 0, stale: 0 });
  expect(gateway.requests.lease).toBeLessThan(60);
  expect(gateway.requests.report).toBeLessThan(200);
});

test('every job is applied once over a network that loses requests and answers, and a gateway that is ill', async () => {
  const seed = Number(process.env['SEED'] ?? 1);
  console.log(`seed ${seed}`);
  let state = seed;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const fault = (route: string) => {
    const draw = random();
    if (route === 'sessions') return draw < 0.2 ? 503 : null;
    if (draw < 0.08) return 'lose-request';
    if (draw < 0.2) return 'lose-answer';
    return draw < 0.25 ? ([500, 503, 429, 408][Math.floor(random() * 4)] ?? 500) : null;
  };
  const { gateway, url } = await gatewayOf({ fault, reports: 'accepted' });
  const worker = await workerOn(url);
  for (let wave = 0; wave < 10; wave += 1) gateway.offer({ partition: wave }, ordinals(300, wave * 300));
  await until(() => gateway.applied.size === 3_000, 'all applied');
  await until(() => worker.counts.applied === 3_000, 'all settled at the worker');
  expect(gateway.verdictCounts).toMatchObject({ applied: 3_000, stale: 0, duplicate: 0 });
  expect(gateway.openAttempts).toEqual([]);
}, 30_000);

test('near its end a worker runs what still fits in its time and gives the rest back, without asking for it in a loop', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', label: 'long', resources: { ...oneMib, walltimeSec: 3_600 } }, ordinals(5));
  gateway.offer({ transform: 'noop', label: 'short', resources: oneMib, usualMs: 1 }, ordinals(5, 5));
  gateway.offer({ transform: 'gated', label: 'usually long', resources: oneMib, usualMs: 900_000 }, ordinals(5, 10));
  await workerOn(url, { walltimeSec: 600 });
  await until(() => gateway.applied.size === 15, 'all ended or given back');
  expect(gateway.ordinals('finished')).toEqual([5, 6, 7, 8, 9]);
  expect(gateway.ordinals('returned')).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14]);
  const asked = gateway.requests.lease;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(gateway.requests.lease - asked).toBeLessThanOrEqual(1);
});

test('jobs that may not run here now go back uncharged, and are not asked for in a loop', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'unwilling', resources: oneMib }, ordinals(5));
  await workerOn(url);
  await until(() => gateway.applied.size === 5, 'all are back');
  expect(gateway.ordinals('returned')).toEqual([0, 1, 2, 3, 4]);
  const asked = gateway.requests.lease;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(gateway.requests.lease - asked).toBeLessThanOrEqual(1);
});

test('GPUs are handed to one attempt at a time, and to none that did not ask', async () => {
  const seen: (readonly string[] | null)[] = [];
  const using = new Set<string>();
  const render = defineTransform({
    name: 'render',
    version: '1',
    params: z.unknown(),
    run: async (_params, ctx) => {
      seen.push(ctx.gpuIds);
      for (const id of ctx.gpuIds ?? []) {
        if (using.has(id)) throw new Error(`GPU ${id} is used twice`);
        using.add(id);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const id of ctx.gpuIds ?? []) using.delete(id);
    },
  });
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'render', resources: { ...oneMib, gpus: 1 } }, ordinals(10));
  gateway.offer({ transform: 'render', resources: oneMib }, ordinals(4, 10));
  await workerOn(url, { transforms: [render], gpuIds: ['3', '5'] });
  await until(() => gateway.applied.size === 14, 'all ended');
  expect(gateway.ordinals('finished')).toHaveLength(14);
  expect(seen.filter((ids) => ids?.length === 0)).toHaveLength(4);
  expect(new Set(seen.flatMap((ids) => ids ?? []))).toEqual(new Set(['3', '5']));
});

test('a lost lease answer is asked for again under the same id, so no lease is lost', async () => {
  const { gateway, url } = await gatewayOf({
    fault: (route, no) => (route === 'lease' && no === 1 ? 'lose-answer' : null),
  });
  gateway.offer({}, ordinals(3));
  await workerOn(url);
  await until(() => gateway.applied.size === 3, 'all applied');
  expect(gateway.ordinals('finished')).toEqual([0, 1, 2]);
});

test('a request that ended empty is asked again under its id, until it brings jobs: then a new one', async () => {
  const { gateway, url } = await gatewayOf();
  await workerOn(url);
  await until(() => gateway.leaseRequests.length === 1, 'it asks');
  gateway.endPolls();
  await until(() => gateway.leaseRequests.length === 2, 'it asks again');
  gateway.offer({}, ordinals(1));
  await until(() => gateway.leaseRequests.length === 3, 'it asks for more');
  const [first, second, third] = gateway.leaseRequests;
  expect(second).toMatchObject({ requestId: first?.requestId, again: true });
  expect(third?.again).toBe(false);
  expect(third?.requestId).not.toBe(first?.requestId);
});

test('a poll that said that nothing is free is sent anew, as the same request, once the worker has nothing to do', async () => {
  const { gateway, url } = await gatewayOf({ endlessPolls: true });
  gateway.offer({ transform: 'gated', resources: oneMib, usualMs: 1 }, ordinals(8));
  const worker = await workerOn(url);
  await until(() => worker.running === 4, 'as many run as fit');
  await until(() => gateway.leaseRequests.length === 2, 'it asks for more, ahead');
  await openAll(() => gateway.applied.size === 8);
  await until(() => gateway.leaseRequests.length === 3, 'it asks anew');
  const [, second, third] = gateway.leaseRequests;
  expect(second?.free.cores).toBe(0);
  expect(third).toMatchObject({ requestId: second?.requestId, again: true, free: { cores: 4, memoryMib: 100 } });
  gateway.offer({}, ordinals(3, 8));
  await until(() => gateway.applied.size === 11, 'it is answered');
});

test('a kill that comes with the answer to a lease poll stops that attempt alone, and nothing of it is reported', async () => {
  const { gateway, url } = await gatewayOf({ heartbeatSec: 60 });
  gateway.offer({ transform: 'gated', resources: oneMib }, ordinals(2));
  const worker = await workerOn(url, { cores: 3 });
  await until(() => worker.running === 2, 'both run');
  await until(() => gateway.leaseRequests.length === 2, 'it asks for more');
  gateway.endPolls([{ job: '1:0', attempt: 1 }]);
  await until(() => worker.running === 1, 'one was stopped');
  gates.get('1:1')?.();
  await until(() => gateway.applied.size === 1, 'the other is reported');
  expect(gateway.ordinals('finished')).toEqual([1]);
  expect(gateway.ordinals('failed')).toEqual([]);
});

test('jobs run side by side as cores and memory allow, never more', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', resources: { ...oneMib, memoryMib: 40 } }, ordinals(6));
  const worker = await workerOn(url);
  await until(() => gates.size === 2, 'two of 40 MiB run in 100 MiB');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(worker.running).toBe(2);
  gates.get('0:1')?.();
  await until(() => gates.size === 3, 'the next one starts when one has ended');
});

test('params are checked and merged; failures keep their reason; a transform not offered is the site’s fault', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'picky', params: { a: 1 } }, [{ ordinal: 0 }, { ordinal: 1, params: { b: 2 } }]);
  gateway.offer({ transform: 'picky', params: { a: 'x' } }, [{ ordinal: 2 }]);
  gateway.offer({ transform: 'picky', params: { a: -1 } }, [{ ordinal: 3 }]);
  gateway.offer({ transform: 'absent' }, [{ ordinal: 4 }]);
  await workerOn(url);
  await until(() => gateway.applied.size === 5, 'all applied');
  const event = (ordinal: number) => gateway.applied.get(`1:${ordinal}:1`);
  expect(event(0)?.outputs).toEqual({ sum: 6 });
  expect(event(1)?.outputs).toEqual({ sum: 3 });
  expect(event(2)).toMatchObject({ outcome: 'failed', reason: 'rejected' });
  expect(event(3)).toMatchObject({ outcome: 'failed', reason: 'site', exitCode: 9, message: 'negative' });
  expect(event(4)).toMatchObject({ outcome: 'failed', reason: 'site' });
});

test('placeholders in params are filled in for each job', async () => {
  const echo = defineTransform({
    name: 'echo',
    version: '1',
    params: z.object({ say: z.string() }),
    run: (said) => said,
  });
  const { gateway, url } = await gatewayOf();
  const jobs = [
    { ordinal: 0, vars: { band: 'r' } },
    { ordinal: 1, attempt: 2 },
  ];
  gateway.offer({ transform: 'echo', params: { say: '{band} {name} {attempt}' } }, jobs);
  await workerOn(url, { transforms: [echo] });
  await until(() => gateway.applied.size === 2, 'both ended');
  expect(gateway.applied.get('1:0:1')?.outputs).toEqual({ say: 'r job-0 1' });
  expect(gateway.applied.get('1:1:2')?.outputs).toEqual({ say: '{band} job-1 2' });
});

test('a kill stops exactly the attempt it names, and nothing is reported of it', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', resources: oneMib }, ordinals(3));
  const worker = await workerOn(url);
  await until(() => gates.size === 3, 'all run');
  gateway.kills = [
    { job: '1:1', attempt: 1 },
    { job: '1:2', attempt: 7 },
  ];
  await until(() => worker.running === 2, 'one stopped');
  for (const open of gates.values()) open();
  await until(() => gateway.applied.size === 2, 'the others ended');
  expect(gateway.ordinals('finished')).toEqual([0, 2]);
});

test('heartbeats carry count and hash of what is held, and the list when it is asked for', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.listHeld = true;
  gateway.offer({ transform: 'gated', resources: oneMib }, ordinals(2));
  await workerOn(url);
  await until(() => gateway.beats.some(({ held }) => held?.length === 2), 'a beat with the list');
  const beat = gateway.beats.find(({ held }) => held?.length === 2);
  expect(beat).toMatchObject({ heldCount: 2, heldHash: (fnv1a('1:0:1') + fnv1a('1:1:1')) % 2 ** 32, draining: false });
  for (const open of gates.values()) open();
  await until(() => gateway.beats.at(-1)?.heldCount === 0, 'a beat after they were settled');
});

test('a worker that ends registers no more, though the answer to its end is lost and beats are due', async () => {
  const fault = (route: string, no: number) => (route === 'sessions/end' && no < 3 ? 'lose-answer' : null);
  const { gateway, url } = await gatewayOf({ fault, heartbeatSec: 0.01 });
  const worker = await workerOn(url, { clockScale: 100 });
  await until(() => gateway.beats.length > 2, 'it beats');
  await worker.drain();
  expect(gateway.requests['sessions/end']).toBe(3);
  expect(gateway.registered).toHaveLength(1);
});

test('draining gives back what has not started, lets the quick ones end and evicts the rest', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', resources: oneMib }, ordinals(8));
  const worker = await workerOn(url, { graceMs: 2_000 });
  await until(() => gates.size === 4, 'four run, four are queued');
  const drained = worker.drain();
  gates.get('0:1')?.();
  await drained;
  expect(gateway.ordinals('returned')).toEqual([4, 5, 6, 7]);
  expect(gateway.ordinals('finished')).toEqual([0]);
  expect(gateway.applied.get('1:1:1')).toMatchObject({ outcome: 'failed', reason: 'evicted' });
  expect(gateway.applied.get('1:4:1')).not.toHaveProperty('startedAtMs');
  expect(gateway.requests['sessions/end']).toBe(1);
  expect(existsSync(join(folder, 'journal'))).toBe(true);
});

test('a job is started only if it ends before the worker, on its way to its own end, stops what runs', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', label: 'long', resources: { ...oneMib, walltimeSec: 38 } }, [{ ordinal: 0 }]);
  gateway.offer({ transform: 'gated', label: 'short', resources: { ...oneMib, walltimeSec: 2 } }, [{ ordinal: 1 }]);
  // It drains from 31 s on; what runs is stopped 1.5 s before the 6 s of grace are over, at 35.5 s.
  await workerOn(url, { walltimeSec: 47, graceMs: 6_000 });
  await until(() => gates.has('1:1') && gateway.applied.size === 1, 'one runs, one is back');
  expect([...gateway.applied.values()].map(({ outcome }) => outcome)).toEqual(['returned']);
  expect(gateway.registered.map(({ walltimeSec }) => walltimeSec)).toEqual([35]);
  expect(gateway.leaseRequests[0]?.free.walltimeLeftSec).toBeLessThan(35.5);
  await openAll(() => gateway.applied.size === 2);
});

test('a walltime ends any transform, also one that does not listen', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', resources: { ...oneMib, walltimeSec: 1 } }, [{ ordinal: 0 }]);
  gateway.offer({ transform: 'deaf', resources: { ...oneMib, walltimeSec: 1 } }, [{ ordinal: 1 }]);
  const worker = await workerOn(url);
  await until(() => gateway.applied.size === 2, 'both ended');
  expect(gateway.applied.get('1:0:1')).toMatchObject({ outcome: 'failed', reason: 'timeout' });
  expect(gateway.applied.get('1:1:1')).toMatchObject({ outcome: 'failed', reason: 'timeout' });
  expect(worker.running).toBe(0);
}, 20_000);

test('a forgotten session registers anew; what runs goes on and is applied, what waits goes back', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', resources: oneMib }, ordinals(8));
  await workerOn(url);
  await until(() => gates.size === 4, 'four run');
  gateway.forgetSessions();
  await until(() => gateway.registered.length === 2, 'registered anew');
  for (const open of gates.values()) open();
  await until(() => gateway.ordinals('finished').length >= 4, 'the running ones are applied');
  expect(gateway.ordinals('finished').slice(0, 4)).toEqual([0, 1, 2, 3]);
});

test('results that ended while the gateway was away are told by the next worker of that folder', async () => {
  let away = false;
  const { gateway, url } = await gatewayOf({ fault: (route) => (away && route === 'report' ? 'lose-request' : null) });
  gateway.offer({ transform: 'gated', resources: oneMib }, ordinals(2));
  const journal = Journal.open(join(folder, 'journal'), () => undefined);
  const first = await workerOn(url, { journal });
  await until(() => gates.size === 2, 'both run');
  away = true;
  for (const open of gates.values()) open();
  await until(() => journal.unsettled > 0, 'in the journal');
  await first.drain();
  await journal.close();
  expect(gateway.applied.size).toBe(0);
  away = false;
  await workerOn(url);
  await until(() => gateway.applied.size === 2, 'told by the second worker');
}, 20_000);

test('a stale verdict is counted and stops nothing', async () => {
  const { gateway, url } = await gatewayOf();
  gateway.offer({ transform: 'gated', resources: oneMib }, ordinals(2));
  const worker = await workerOn(url);
  await until(() => gates.size === 2, 'both run');
  gateway.regrant('1:0', 1);
  gates.get('0:1')?.();
  await until(() => worker.counts.stale === 1, 'the stale verdict');
  expect(worker.running).toBe(1);
  gates.get('1:1')?.();
  await until(() => gateway.applied.size === 1, 'the other is applied');
  expect(gateway.ordinals('finished')).toEqual([1]);
});

test('folders of finished attempts are removed, of failed ones kept, with the log in them', async () => {
  const { gateway, url } = await gatewayOf();
  const writes = defineTransform({
    name: 'writes',
    version: '1',
    params: z.object({ fail: z.boolean().default(false) }),
    run: async ({ fail }, ctx) => {
      await ctx.workFolder();
      ctx.log('step', { no: 1 });
      if (fail) throw new JobFailure({ message: 'told to' });
    },
  });
  gateway.offer({ transform: 'writes' }, [{ ordinal: 0 }, { ordinal: 1, params: { fail: true } }]);
  await workerOn(url, { transforms: [writes] });
  await until(() => gateway.applied.size === 2, 'both ended');
  const attempts = join(folder, 'attempts', 'w-aaaaaaaaaa');
  await until(() => readdirSync(attempts).length === 1 && existsSync(join(attempts, '1.1', 'log')), 'tidied');
  expect(readdirSync(attempts)).toEqual(['1.1']);
});

test('a cut off worker goes on; where its site sets a time, what runs is ended then, and reported when it is heard', async () => {
  let away = false;
  let nowMs = 0;
  const fault = () => (away ? ('lose-request' as const) : null);
  const { gateway, url } = await gatewayOf({ fault, cutOffStopSec: 60, heartbeatSec: 1 });
  gateway.offer({ transform: 'gated' }, ordinals(1));
  const worker = await workerOn(url, { cores: 1, nowMs: () => nowMs });
  await until(() => worker.running === 1, 'running');
  gateway.terms = { heartbeatSec: 1, cutOffStopSec: 600 };
  nowMs = 2_000;
  await until(() => gateway.beats.length === 1, 'told that its term is longer now');
  nowMs = 4_000;
  await until(() => gateway.beats.length === 2, 'it has heard that');
  away = true;
  nowMs = 594_000;
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // more than one look
  expect(worker.running).toBe(1);
  nowMs = 605_000;
  await until(() => worker.running === 0, 'ended');
  away = false;
  await until(() => gateway.applied.size === 1, 'reported');
  expect([...gateway.applied.values()][0]).toMatchObject({ outcome: 'failed', reason: 'evicted' });
  expect(worker.isSiteOpen).toBe(true);
  gateway.offer({ transform: 'noop' }, ordinals(1, 5));
  await until(() => gateway.applied.size === 2, 'works on');
});
