// Goal: a service that cannot work as it was started says so in one line, and ends with the code of a mistake of setting.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectNats } from '#adapter-nats';
import { findNats } from '#local-stack';
import { makeTestFolder, RunningService, startTestPostgres, type TestFolder, type TestPostgres } from '#test-kit';

const badSetting = 2;

let folder: TestFolder;
let postgres: TestPostgres;
let bare: ChildProcess;
let natsUrl: string;

beforeAll(async () => {
  folder = makeTestFolder('start-up');
  postgres = await startTestPostgres();
  const { path } = await findNats({ stateDir: folder.path });
  bare = spawn(path, ['--addr', '127.0.0.1', '--port', '-1', '--ports_file_dir', folder.path], { stdio: 'pipe' });
  natsUrl = await urlOf(bare);
}, 60_000);
afterAll(async () => {
  bare.kill('SIGKILL');
  await once(bare, 'exit');
  await postgres.stop();
  folder.remove();
}, 60_000);

/** nats-server chooses a free port and tells it in its log. */
async function urlOf(server: ChildProcess): Promise<string> {
  let log = '';
  server.stderr?.on('data', (text: Buffer) => (log += text.toString()));
  for (let tries = 0; tries < 500; tries += 1) {
    const [, port] = /client connections on 127\.0\.0\.1:(\d+)/.exec(log) ?? [];
    if (port !== undefined) return `nats://127.0.0.1:${port}`;
    await sleep(10);
  }
  throw new Error(`nats-server did not start:\n${log}`);
}

test.each(['transformer', 'broker', 'monitor'])(
  '%s refuses a nats-server without JetStream, and says how to mend it',
  async (app) => {
    const database = await postgres.createTestDatabase();
    const service = RunningService.launch(app, { DATABASE_URL: database.url, NATS_URL: natsUrl });
    expect(await service.ended()).toBe(badSetting);
    expect(service.log).toMatch(/"level":"fatal".*without JetStream: start it with -js/);
    await database.drop();
  },
  30_000,
);

test('the server of these tests is there: it is JetStream that is missing', async () => {
  const connection = await connectNats({ natsUrl, name: 'test' });
  expect(connection.info?.jetstream ?? false).toBe(false);
  await connection.close();
});
