// Goal: an order that comes again with its Idempotency-Key is carried out once and answered the same, whatever happened since.
import { createHash } from 'node:crypto';
import pg from 'pg';
import { expect, test } from '@jest/globals';
import { RunningService } from '#test-kit';
import { routes, type ShareList } from '#contracts';
import {
  all,
  call,
  endSession,
  environment,
  jsonOf,
  problemOf,
  register,
  show,
  submit,
  until,
} from './gateway-trial.js';

async function query<R extends pg.QueryResultRow>(text: string): Promise<R[]> {
  const client = new pg.Client(environment['DATABASE_URL']);
  await client.connect();
  const { rows } = await client.query<R>(text);
  await client.end();
  return rows;
}

const keyed = (key: string, json: object = {}) => ({ json, headers: { 'idempotency-key': key } });
const textOf = async (answer: Promise<Response>): Promise<string> => {
  const { status } = await answer;
  return `${status} ${await (await answer).text()}`;
};

// What makes a token answers with it: that is kept nowhere.
const without = ['/api/v1/tokens'];

test('every order by POST of a user takes a key, but one that answers with a secret', () => {
  const orders = routes.filter(
    ({ method, token, path }) => method === 'POST' && token !== 'none' && path.startsWith('/api/'),
  );
  expect(orders.filter(({ headers }) => headers?.['Idempotency-Key'] === undefined).map(({ path }) => path)).toEqual(
    without,
  );
});

test('a repeated pause, resume and cancel answer as they did, also when the order would say something else now', async () => {
  const id = await submit('again', [{ name: 'a' }]);
  const order = (verb: string, key: string) => textOf(call('POST', `/api/v1/workflows/${id}/${verb}`, keyed(key)));
  const paused = await order('pause', 'p');
  expect(paused).toContain('"changed":true');
  expect(await order('pause', 'p')).toBe(paused);
  expect(await order('pause', 'other')).toContain('"changed":false');
  const resumed = await order('resume', 'p'); // the same key at another address is another order
  expect(resumed).toContain('"changed":true');
  expect(await order('pause', 'p')).toBe(paused);
  expect((await show(id)).workflow.state).toBe('running'); // nothing was paused by it
  const cancelled = await order('cancel', 'c');
  await until(async () => (await show(id)).workflow.state === 'cancelled');
  expect(await order('cancel', 'c')).toBe(cancelled);
});

test('the same key with another body is refused, and what was refused leaves its key free', async () => {
  const id = await submit('differs', [{ name: 'a' }]);
  const pause = (key: string, json: object) => call('POST', `/api/v1/workflows/${id}/pause`, keyed(key, json));
  await jsonOf(pause('k', {}));
  expect(await problemOf(pause('k', { by: 'ann' }))).toMatchObject({ status: 422, code: 'idempotency-key/reused' });
  expect((await problemOf(pause('free', { labels: ['nope'] }))).status).toBe(404);
  await jsonOf(pause('free', { labels: ['work'] }));
  expect((await problemOf(pause('no key', {}))).code).toBe('idempotency-key/invalid');
  await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
});

test('of thirty at once on two gateways one is carried out, and all are answered by it', async () => {
  const second = await RunningService.start('gateway', environment);
  const share = { path: 'once' };
  await jsonOf(call('PUT', '/api/v1/shares', { json: { shares: [share] } }));
  const use = keyed('storm', { site: 'outside', use: [{ share: 'once', coreHours: 3 }] });
  const answers = Array.from({ length: 30 }, (_, i) =>
    textOf(call('POST', '/api/v1/shares/use', { ...use, of: i % 2 ? all : second })),
  );
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['200 {"dryRun":false,"counted":true,"coreHours":3}']));
  const { shares } = await jsonOf<ShareList>(call('GET', '/api/v1/shares?under=once'));
  expect(shares[0]?.outsideCoreHours).toBeCloseTo(3, 2);
  expect(await textOf(call('POST', '/api/v1/shares/remove', keyed('gone', share)))).toContain('removed');
  expect(await textOf(call('POST', '/api/v1/shares/remove', keyed('gone', share)))).toContain('removed');
  await second.stop();
}, 60_000);

test('orders to workers and about letters are answered the same', async () => {
  const worker = await register();
  const drain = () => textOf(call('POST', `/api/v1/workers/${worker.session}/drain`, keyed('d')));
  const first = await drain();
  await endSession(worker);
  expect(await drain()).toBe(first);
  const drop = () => textOf(call('POST', '/api/v1/dead-letters/drop', keyed('x', { ids: ['1'] })));
  expect(await drop()).toBe(await drop());
});

test('whose gateway died before it answered is overtaken; who asked and with which key is not told by the database', async () => {
  const id = await submit('overtaken', [{ name: 'a' }]);
  const pause = () => textOf(call('POST', `/api/v1/workflows/${id}/pause`, keyed('very-secret-key')));
  const before = await pause();
  await query(
    `update kept_answer set answer = null, claim = 'dead', claimed_until = now() + interval '1 second'
     where made_at = (select max(made_at) from kept_answer)`,
  );
  expect(await pause()).toBe(before.replace('"changed":true', '"changed":false'));
  const rows = await query<{ row: string }>('select to_jsonb(k)::text as row from kept_answer k');
  const told = rows.map(({ row }) => row).join();
  expect(told).not.toContain('very-secret-key');
  expect(told).not.toContain(createHash('sha256').update('very-secret-key').digest('hex'));
  await jsonOf(call('POST', `/api/v1/workflows/${id}/cancel`));
}, 30_000);
