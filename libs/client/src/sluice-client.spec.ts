import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
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
async function busyServer(): Promise<{ client: SluiceClient; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(String(request.url));
    response.writeHead(asked.length === 1 ? 503 : 200).end('{}');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new SluiceClient({ url: `http://127.0.0.1:${port}`, token: '' });
  return { client, asked };
}

test.each(['pause', 'resume', 'cancel'] as const)(
  '%s, which is safe to repeat, outlasts a busy server',
  async (verb) => {
    const busy = await busyServer();
    await busy.client[verb](id);
    expect(busy.asked).toEqual([`/api/v1/workflows/${id}/${verb}`, `/api/v1/workflows/${id}/${verb}`]);
  },
);

test('a dry run of a retry outlasts a busy server; a retry is ordered once', async () => {
  const busy = await busyServer();
  await busy.client.retry(id, { dryRun: true });
  expect(busy.asked).toHaveLength(2);
  busy.asked.length = 0; // busy again
  await expect(busy.client.retry(id, {})).rejects.toMatchObject({ status: 503 });
  expect(busy.asked).toHaveLength(1);
});

test('an order for `last` is sent once: it may be another workflow by the second time', async () => {
  const busy = await busyServer();
  await expect(busy.client.cancel('last')).rejects.toMatchObject({ status: 503 });
  expect(busy.asked).toHaveLength(1);
});
