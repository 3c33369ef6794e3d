import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { ServerUnreachable } from './server-unreachable.js';
import { SluiceClient } from './sluice-client.js';

const id = 'w-aaaaaaaaaa';
let server: Server | undefined;
let client: SluiceClient | undefined;

afterEach(async () => {
  await client?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
});

/** A server that is busy at first, as one is whose partition is locked for long. */
async function busyServer(): Promise<{ client: SluiceClient; asked: string[]; keys: unknown[] }> {
  const asked: string[] = [];
  const keys: unknown[] = [];
  server = createServer((request, response) => {
    asked.push(String(request.url));
    keys.push(request.headers['idempotency-key']);
    response.writeHead(asked.length === 1 ? 503 : 200).end('{}');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new SluiceClient({ url: `http://127.0.0.1:${port}`, token: '' });
  return { client, asked, keys };
}

test.each(['pause', 'resume', 'cancel'] as const)(
  '%s, which is safe to repeat, outlasts a busy server',
  async (verb) => {
    const busy = await busyServer();
    await busy.client[verb](id);
    expect(busy.asked).toEqual([`/api/v1/workflows/${id}/${verb}`, `/api/v1/workflows/${id}/${verb}`]);
    expect(busy.keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), busy.keys[0]]);
  },
);

test('a retry outlasts a busy server under one key, so that it is ordered once; the next retry has another', async () => {
  const { client: user, asked, keys } = await busyServer();
  await user.retry(id, {});
  await user.retry(id, {});
  expect(asked).toHaveLength(3);
  expect(keys).toEqual([keys[0], keys[0], expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  expect(keys[2]).not.toBe(keys[0]);
});

test('an order for `last` is sent once: it may be another workflow by the second time', async () => {
  const busy = await busyServer();
  await expect(busy.client.cancel('last')).rejects.toMatchObject({ status: 503 });
  expect(busy.asked).toHaveLength(1);
});

test('a server that answered before is waited for while it starts again; one that never did is not', async () => {
  const { client: known } = await busyServer();
  await known.workflow(id);
  const { port } = server?.address() as AddressInfo;
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  const stranger = new SluiceClient({ url: `http://127.0.0.1:${port}`, token: '' });
  const waiting = known.workflow(id);
  await expect(stranger.workflow(id)).rejects.toThrow(ServerUnreachable); // longer than its few tries it is not away
  server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  await expect(waiting).resolves.toEqual({});
  await stranger.close();
});
