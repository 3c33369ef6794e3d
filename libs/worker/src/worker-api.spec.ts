// Goal: W2 and W3 of worker-api.ts, and the whole protocol by way of a forward proxy with its bad habits.
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { ForeignAnswer, proxyFor, ServerUnreachable } from '#client';
import { RegisterRequest } from '#contracts';
import { ForwardProxy, type ForwardProxyOptions } from '#test-kit';
import { TrialGateway, type TrialOptions } from './trial-gateway.js';
import { WorkerApi } from './worker-api.js';

const offer = RegisterRequest.parse({
  ...{ site: 'here', worker: 'trial', cores: 1, memoryMib: 1, walltimeSec: null },
  ...{ tags: {}, transforms: ['noop@1'], workDir: '/tmp' },
});
const beat = { upMs: 1, heldCount: 0, heldHash: 0, leaseSeen: null, batches: [], draining: false };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function proxied(options: ForwardProxyOptions, trial: TrialOptions = {}, credentials = '') {
  const gateway = new TrialGateway(trial);
  const url = await gateway.listen();
  const proxy = await ForwardProxy.start(options);
  const address = proxy.url.replace('//', `//${credentials}`);
  const api = new WorkerApi({ url, timeoutMs: 5_000, proxy: proxyFor(new URL(url), {}, address) });
  closers.push(
    () => gateway.close(),
    () => proxy.stop(),
    () => api.close(),
  );
  return { gateway, url, proxy, api };
}

test('every call goes by way of the proxy with its whole address, over connections that are kept', async () => {
  const { gateway, url, proxy, api } = await proxied({});
  const { token } = await api.register(offer, 'pool');
  gateway.offer({}, [{ ordinal: 0 }]);
  const free = { cores: 1, memoryMib: 1, walltimeLeftSec: null };
  const { lease, jobs } = await api.lease({ requestId: 'r', again: false, free, max: 1, waitSec: 5 }, token);
  expect(jobs).toHaveLength(1);
  await api.heartbeat(beat, token);
  const events = [{ lease: 0, job: '1:0', attempt: 1, outcome: 'finished', endedAtMs: 1 }];
  const batch = {
    batchId: '11111111-1111-4111-8111-111111111111',
    session: '1',
    partition: 1,
    leases: [lease],
    events,
  };
  expect(await api.report(JSON.stringify(batch), token)).toMatchObject({ state: 'settled' });
  await api.endSession(token);
  const routes = ['sessions', 'lease', 'heartbeat', 'report', 'sessions/end'];
  expect(proxy.asked).toEqual(routes.map((route) => `${url}/worker/v1/${route}`));
  expect(new Set(proxy.headers.map(({ host }) => host))).toEqual(new Set([new URL(url).host]));
  expect(proxy.open).toBe(1);
});

test('a proxy is told its credentials', async () => {
  const { api, gateway } = await proxied({ credentials: 'ann:secret' }, {}, 'ann:secret@');
  await api.register(offer, 'pool');
  expect(gateway.registered).toHaveLength(1);
});

test('without them its refusal is a fault of the network that names the proxy and the status', async () => {
  const { api, proxy } = await proxied({ credentials: 'ann:secret' }, {}, 'ann:wrong@');
  const fault = await api.register(offer, 'pool').catch((thrown: unknown) => thrown);
  expect(fault).toBeInstanceOf(ForeignAnswer);
  expect(String(fault)).toContain(`through the proxy ${proxy.url}: something in between answered 407`);
  expect(String(fault)).not.toContain('wrong');
});

test('an idle connection that the proxy cut costs one more request and no fault', async () => {
  const { api, proxy } = await proxied({ idleCutMs: 100 });
  const { token } = await api.register(offer, 'pool');
  for (let no = 0; no < 5; no += 1) {
    await sleep(80 + no * 10); // around the moment of the cut
    await api.heartbeat(beat, token);
  }
  expect(proxy.asked.length).toBeGreaterThanOrEqual(6);
});

test('W3: a connection that is reset as it is used again costs one more try; a new one that is reset is a fault', async () => {
  let resets = 1;
  const fault = (route: string) => (route === 'heartbeat' && resets-- > 0 ? 'lose-request' : null);
  const { gateway, url } = await proxied({}, { fault });
  const direct = (): WorkerApi => {
    const api = new WorkerApi({ url });
    closers.push(() => api.close());
    return api;
  };
  const api = direct();
  const { token } = await api.register(offer, 'pool');
  await expect(api.heartbeat(beat, token)).resolves.toMatchObject({ drain: false });
  expect(gateway.requests.heartbeat).toBe(2);
  resets = 1;
  await expect(direct().heartbeat(beat, token)).rejects.toBeInstanceOf(ServerUnreachable);
  resets = 2;
  await expect(api.heartbeat(beat, token)).rejects.toBeInstanceOf(ServerUnreachable);
  expect(gateway.requests.heartbeat).toBe(5);
});

test('a tunnel for https that the proxy refuses is a fault that says so', async () => {
  const proxy = await ForwardProxy.start({ refuse: () => ({ status: 503, page: '' }) });
  const url = 'https://gateway.invalid';
  const api = new WorkerApi({ url, proxy: proxyFor(new URL(url), { HTTPS_PROXY: proxy.url }) });
  closers.push(
    () => proxy.stop(),
    () => api.close(),
  );
  await expect(api.heartbeat(beat, 'token')).rejects.toThrow(
    `no answer from ${url} through the proxy ${proxy.url}: something in between answered 503 (trial-proxy)`,
  );
  expect(proxy.asked).toEqual(['gateway.invalid:443']);
});

test('W2: a proxy that takes a request and falls silent is a fault when the time is over', async () => {
  const silent = createTcpServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  for (const url of ['http://gateway.invalid', 'https://gateway.invalid']) {
    const api = new WorkerApi({ url, timeoutMs: 200, proxy: proxyFor(new URL(url), {}, proxy) });
    await expect(api.heartbeat(beat, 'token')).rejects.toBeInstanceOf(ServerUnreachable);
    api.close();
  }
  silent.close();
}, 30_000);
