// Goal: NATS is a delivery path that can be wiped: whatever is thrown away of it, nothing is lost and nothing counts twice.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connectNats, type NatsConnection } from '#adapter-nats';
import { settleConsumer, streams } from '#contracts';
import { TestStack, until } from '#test-kit';

const jobs = 20_000;
const noop = { transform: 'noop', resources: { cores: 1, memoryMib: 1 } };
/** A batch that was accepted and never settled is sent again after so long: here 5 s, by default 30 s. */
const worker = ['--resend-sec', '5'];
const consumers = Array.from({ length: 16 }, (_, partition) => settleConsumer(partition)).sort();

let stack: TestStack;
let connection: NatsConnection;
let manager: JetStreamManager;

beforeAll(async () => {
  stack = await TestStack.start();
  connection = await connectNats({ natsUrl: stack.nats.url, name: 'test' });
  manager = await jetstreamManager(connection);
}, 60_000);
afterEach(() => stack.stopWorkers(), 30_000);
afterAll(async () => {
  await connection.close();
  await stack.stop();
}, 60_000);

/** Runs a workflow, does something to NATS once a tenth has finished, and sees that every job counted once. */
async function runThrough(name: string, harm: () => Promise<unknown>): Promise<void> {
  const id = await stack.submit(name, { jobs, template: noop });
  await Promise.all([stack.startWorker('one', worker), stack.startWorker('two', worker)]);
  await until('a tenth has finished', 20_000, async () => (await stack.finished(id)) >= jobs / 10);
  expect(await stack.finished(id)).toBeLessThan(jobs);
  await harm();
  expect(await stack.end(id, 60_000)).toEqual({
    ...{ state: 'done', jobs, finished: jobs, failed: 0, notOnce: 0, others: {}, open: 0, deadLetters: 0 },
  });
  await until('the outbox has drained', 10_000, async () => {
    const rows = await stack.rows('select from outbox where confirmed_at is null');
    return rows.length === 0;
  });
  expect(await consumersThere()).toEqual(consumers);
  expect((await manager.streams.info(streams.event)).state.messages).toBeGreaterThan(0);
}

async function consumersThere(): Promise<string[]> {
  const found = await manager.consumers.list(streams.terminal).next();
  return found.map(({ name }) => name).sort();
}

test('nats-server killed and its store wiped in the middle of 20,000 jobs: all finish, each counted once', async () => {
  await stack.explained(() => runThrough('wiped', () => stack.nats.restart({ wiped: true, killed: true })));
}, 120_000);

test('nats-server killed and started again on its store: all finish, each counted once', async () => {
  await stack.explained(() => runThrough('killed', () => stack.nats.restart({ wiped: false, killed: true })));
}, 120_000);

test('stream TERMINAL deleted in the middle: it is made again, and all finish', async () => {
  await stack.explained(() => runThrough('terminal', () => manager.streams.delete(streams.terminal)));
}, 120_000);

test('stream EVENT deleted in the middle: it is made again, and the outbox drains into it', async () => {
  await stack.explained(() => runThrough('event', () => manager.streams.delete(streams.event)));
}, 120_000);

test('every consumer deleted in the middle: they are made again, and all finish', async () => {
  const deleteAll = (): Promise<unknown> =>
    Promise.all(consumers.map((name) => manager.consumers.delete(streams.terminal, name)));
  await stack.explained(() => runThrough('consumers', deleteAll));
}, 120_000);
