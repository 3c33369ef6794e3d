// Goal: a service that cannot work as it was started says so in one line, and ends with the code of a mistake of setting.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectNats } from '#adapter-nats';
import { findNats } from '#local-stack';
import {
  freePort,
  makeTestFolder,
  oldNatsServer,
  RunningService,
  startBareNats,
  startTestPostgres,
  until,
  type BareNats,
  type TestFolder,
  type TestPostgres,
} from '#test-kit';

const badSetting = 2;

let folder: TestFolder;
let postgres: TestPostgres;
let bare: BareNats;

beforeAll(async () => {
  folder = makeTestFolder('start-up');
  postgres = await startTestPostgres();
  const { path } = await findNats({ stateDir: folder.path });
  bare = await startBareNats(path, []);
}, 60_000);
afterAll(async () => {
  await bare.stop();
  await postgres.stop();
  folder.remove();
}, 60_000);

test.each(['transformer', 'broker', 'monitor'])(
  '%s refuses a nats-server without JetStream, and says how to mend it',
  async (app) => {
    const database = await postgres.createTestDatabase();
    const service = RunningService.launch(app, { DATABASE_URL: database.url, NATS_URL: bare.url });
    expect(await service.ended()).toBe(badSetting);
    expect(service.log).toMatch(/"level":"fatal".*without JetStream: start it with -js/);
    await database.drop();
  },
  30_000,
);

test('a service refuses a nats-server that is too old, and says which it needs', async () => {
  const old = await oldNatsServer();
  if ('refusal' in old) return console.warn(`no old nats-server to try: ${old.refusal}`); // streams.spec.ts tries its word
  const server = await startBareNats(old.path, ['-js', '-sd', join(folder.path, 'old')]);
  try {
    const ended = await startTransformer({ NATS_URL: server.url });
    expect(ended).toMatchObject({ code: badSetting });
    expect(ended.log).toMatch(/"level":"fatal".*nats-server 2\.9\.\d+ is too old: Sluice needs 2\.10\.27 or newer/);
  } finally {
    await server.stop();
  }
}, 150_000);

test.each([
  ['2m', 'sync_interval 120s', badSetting],
  ['30s', 'sync_interval 30s', badSetting],
])(
  'a service refuses a nats-server that writes to disk every %s',
  async (interval, said, code) => {
    const { natsUrl: url, monitorUrl, stop } = await monitored(interval);
    const ended = await startTransformer({ NATS_URL: url, NATS_MONITOR_URL: monitorUrl });
    await stop();
    expect(ended.log).toContain(`${said}: a power cut loses what it acknowledged`);
    expect(ended.log).toContain('Set `sync_interval: always`');
    expect(ended.code).toBe(code);
  },
  60_000,
);

test('a service starts where every message is on disk first, and says nothing', async () => {
  const { natsUrl: url, monitorUrl, stop } = await monitored('always');
  const started = await startTransformer({ NATS_URL: url, NATS_MONITOR_URL: monitorUrl });
  await stop();
  expect(started.log).toContain('"message":"ready"');
  expect(started.log).not.toContain('sync_interval');
}, 60_000);

test('a service starts with a warning where nobody tells it, or the port does not answer', async () => {
  const { natsUrl: url, stop } = await monitored('always');
  const untold = await startTransformer({ NATS_URL: url });
  const silent = await startTransformer({ NATS_URL: url, NATS_MONITOR_URL: `http://127.0.0.1:${await freePort()}` });
  await stop();
  expect(untold.log).toMatch(/"level":"warning".*sync_interval: always.*NATS_MONITOR_URL is not set/);
  expect(silent.log).toMatch(/"level":"warning".*sync_interval: always.*can't be read/);
  for (const { log } of [untold, silent]) expect(log).toContain('"message":"ready"');
}, 60_000);

test('a service ends where NATS has no room for its events, and says how to mend it; a smaller stream is enough', async () => {
  const { natsUrl, monitorUrl, stop } = await monitored('always', { storeMib: 200 });
  const environment = { NATS_URL: natsUrl, NATS_MONITOR_URL: monitorUrl };
  const refused = await startTransformer(environment);
  expect(refused.log).toMatch(
    /"level":"fatal".*no room for stream EVENT, which may grow to 1024 MiB.*SLUICE_EVENT_STREAM_MIB/,
  );
  expect(refused.code).toBe(badSetting);
  const small = await startTransformer({ ...environment, SLUICE_EVENT_STREAM_MIB: '64' });
  expect(small.log).toContain('"message":"ready"');
  await stop();
}, 60_000);

test('a service that NATS does not let in says so at once', async () => {
  const server = await startBareNats((await findNats({ stateDir: folder.path })).path, [
    '--user',
    'u',
    '--pass',
    'right',
  ]);
  const refused = await startTransformer({ NATS_URL: server.url.replace('//', '//u:wrong@') });
  await server.stop();
  expect(refused.log).toMatch(/"level":"fatal".*refuses user u with this password/);
  expect(refused.code).toBe(badSetting);
}, 60_000);

test('a service that NATS refuses later says so, is not ready, and serves once it is let in again', async () => {
  const { path } = await findNats({ stateDir: folder.path });
  const port = String(await freePort());
  const start = (password: string): Promise<BareNats> =>
    startBareNats(path, ['-p', port, '-js', '-sd', join(folder.path, 'refusing'), '--user', 'u', '--pass', password]);
  const tokenFile = join(folder.path, 'token');
  writeFileSync(tokenFile, '0'.repeat(32), { mode: 0o600 });
  const database = await postgres.createTestDatabase();
  let server = await start('right');
  const gateway = await RunningService.start('gateway', {
    ...{ DATABASE_URL: database.url, NATS_URL: `nats://u:right@127.0.0.1:${port}`, NATS_MONITOR_URL: 'none' },
    SLUICE_TOKEN_FILE: tokenFile,
  });
  const answers = async (status: number): Promise<boolean> =>
    (await fetch(`${gateway.url}/health/ready`)).status === status;
  const change = async (password: string): Promise<void> => {
    await server.stop();
    server = await start(password);
  };
  try {
    expect(await answers(200)).toBe(true);
    await change('other');
    await until('it says so', 30_000, () => /"level":"error".*NATS refuses this service/.test(gateway.log));
    expect(await answers(503)).toBe(true);
    await change('right');
    await until('it is ready again', 30_000, () => answers(200));
    expect(gateway.log).toContain('NATS takes this service again');
  } finally {
    await gateway.stop('SIGKILL');
    await server.stop();
    await database.drop();
  }
}, 90_000);

/** Starts one until it is ready or has ended, whichever comes first. */
async function startTransformer(environment: Record<string, string>): Promise<{ code: number | null; log: string }> {
  const database = await postgres.createTestDatabase();
  const service = RunningService.launch('transformer', { DATABASE_URL: database.url, ...environment });
  const isReady = await service.becomesReady().then(
    () => true,
    () => false,
  );
  const code = isReady ? null : await service.ended();
  await service.stop('SIGKILL');
  await database.drop();
  return { code, log: service.log };
}

/** A nats-server with JetStream and a monitoring port. */
async function monitored(
  interval: string,
  { storeMib }: { storeMib?: number } = {},
): Promise<{ natsUrl: string; monitorUrl: string; stop: () => Promise<void> }> {
  const place = makeTestFolder('monitored-nats');
  const port = await freePort();
  const file = join(place.path, 'nats.conf');
  const most = storeMib === undefined ? '' : `, max_file_store: ${storeMib}MB`;
  const jetstream = `store_dir: ${JSON.stringify(place.path)}, sync_interval: "${interval}"${most}`;
  writeFileSync(file, `http: "127.0.0.1:${port}"\njetstream { ${jetstream} }\n`);
  const { path } = await findNats({ stateDir: place.path });
  const server = await startBareNats(path, ['--config', file]);
  const stop = async (): Promise<void> => {
    await server.stop();
    place.remove();
  };
  return { natsUrl: server.url, monitorUrl: `http://127.0.0.1:${port}`, stop };
}

test('the server of these tests is there: it is JetStream that is missing', async () => {
  const connection = await connectNats({ natsUrl: bare.url, name: 'test' });
  expect(connection.info?.jetstream ?? false).toBe(false);
  await connection.close();
});
