// Goal: what NATS refuses at the start is said at once; what it refuses later ends no connection.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { connectNats, watchRefusals, type NatsConnection } from '#adapter-nats';
import { findNats } from '#local-stack';
import { freePort, makeTestFolder, startBareNats, startTestNats, TrialLine, until } from '#test-kit';

/** nats-server gives a client 2 s to say who it is. */
const tooSlowMs = 2_500;
const waitMs = 30_000;
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
}, 30_000);

async function connected(natsUrl: string): Promise<NatsConnection> {
  const connection = await connectNats({ natsUrl, name: 'trial' });
  closers.push(() => connection.close());
  return connection;
}

const answers = (connection: NatsConnection): Promise<boolean> =>
  connection.flush().then(
    () => true,
    () => false,
  );

interface Server {
  url: string;
  port: number;
  stop: () => Promise<void>;
}

/** A server at a port of its own choice, or at a certain one, that knows one user. */
async function serverOf(options: { password: string; port?: number }): Promise<Server> {
  const place = makeTestFolder('refusing-nats');
  const { path } = await findNats({ stateDir: place.path });
  const port = options.port ?? (await freePort());
  const server = await startBareNats(path, ['-p', String(port), '--user', 'u', '--pass', options.password]);
  closers.push(
    () => place.remove(),
    () => server.stop(),
  );
  return { url: `nats://u:${options.password}@127.0.0.1:${port}`, port, stop: () => server.stop() };
}

test('a password that is wrong at the start is said at once, with what to do', async () => {
  const { port } = await serverOf({ password: 'right' });
  await expect(connected(`nats://u:wrong@127.0.0.1:${port}`)).rejects.toThrow(
    `NATS at nats://127.0.0.1:${port} refuses user u with this password (Authorization Violation): set NATS_URL`,
  );
  await expect(connected(`nats://127.0.0.1:${port}`)).rejects.toThrow('refuses who gives no password');
  await expect(connected(`nats://stale@127.0.0.1:${port}`)).rejects.toThrow('refuses this token');
}, 30_000);

test('a line that was too slow for the server again and again ends no connection', async () => {
  const nats = await startTestNats();
  closers.push(() => nats.stop());
  const line = await TrialLine.start(nats.url);
  closers.push(() => line.stop());
  const connection = await connected(line.url);
  let tooSlow = 0;
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error' && /authentication timeout/i.test(status.error.message)) tooSlow += 1;
    }
  })();
  line.quality = { delayMs: tooSlowMs };
  line.drop();
  await until('the server has given up three times', waitMs, () => tooSlow >= 3);
  line.quality = {};
  line.drop();
  await until('it is there again', waitMs, () => answers(connection));
  expect(connection.isClosed()).toBe(false);
}, 90_000);

test('a password that becomes wrong is told; once it is right again so is the connection', async () => {
  let server = await serverOf({ password: 'right' });
  const connection = await connected(server.url);
  const told: string[] = [];
  void watchRefusals(connection, {
    refused: ({ message }) => void told.push(message),
    admitted: () => void told.push('admitted'),
    nowMs: () => performance.now(),
  });
  const change = async (password: string): Promise<void> => {
    await server.stop();
    server = await serverOf({ password, port: server.port });
  };
  await change('other');
  await until('it is told', waitMs, () => told.length > 0);
  await sleep(1_000); // several refusals later
  expect(connection.isClosed()).toBe(false);
  await change('right');
  await until('it is there again', waitMs, () => answers(connection));
  expect(told).toEqual(['Authorization Violation', 'admitted']);
}, 90_000);
