// Goal: how long ends of attempts have waited to be settled is told by nats-server's own clock.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connectNats, ensureStreams, StreamBacklog, StreamPublisher, type NatsConnection } from '#adapter-nats';
import { settleConsumer, streams, subjects } from '#contracts';
import { startTestNats, until, type TestNats } from '#test-kit';

let nats: TestNats;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startTestNats();
  connection = await connectNats({ natsUrl: nats.url, name: 'test' });
}, 60_000);
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

test('nothing is known while there is no stream; then the oldest counts until it is settled', async () => {
  const backlog = new StreamBacklog(connection);
  await expect(backlog.oldestSec()).rejects.toThrow('stream not found');
  await ensureStreams(connection, { replicas: 1, eventMib: 64 });
  expect(await backlog.oldestSec()).toBeNull();
  const publisher = new StreamPublisher(connection);
  for (const partition of [3, 5]) await publisher.publish(subjects.terminal(partition), Buffer.from('{}'));
  await until('it is seen to age', 15_000, async () => ((await backlog.oldestSec()) ?? 0) > 0.2);
  const consumer = await jetstream(connection).consumers.get(streams.terminal, settleConsumer(3));
  const message = await consumer.next();
  expect(await backlog.oldestSec()).toBeGreaterThan(0.2); // in hand is not settled
  await message?.ackAck();
  await (await jetstreamManager(connection)).streams.purge(streams.terminal, { filter: subjects.terminal(5) });
  expect(await backlog.oldestSec()).toBeNull();
});
