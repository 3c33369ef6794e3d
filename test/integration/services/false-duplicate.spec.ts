// Goal: a stream's word that it has a message already is no proof that it has it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectNats, ensureStreams, StreamPublisher, type NatsConnection } from '#adapter-nats';
import { streams, subjects } from '#contracts';
import { falselyDuplicate, startTestNats, TrialLine, type TestNats } from '#test-kit';

let nats: TestNats;
let line: TrialLine;
let connection: NatsConnection;
let lies = false;

beforeAll(async () => {
  nats = await startTestNats();
  line = await TrialLine.start(nats.url);
  line.meddlerOf = () => falselyDuplicate(streams.event, (subject) => lies && subject === subjects.event(3));
  connection = await connectNats({ natsUrl: line.url, name: 'test' });
  await ensureStreams(connection, { replicas: 1, eventMib: 64 });
}, 60_000);
afterAll(async () => {
  await connection.close();
  await line.stop();
  await nats.stop();
});

const stored = async (): Promise<number> =>
  (await (await jetstreamManager(connection)).streams.info(streams.event)).state.messages;

test.each([undefined, 'an-id'])('a duplicate that was never stored is refused, with message id %s', async (id) => {
  const publisher = new StreamPublisher(connection);
  lies = true;
  const denied = publisher.publish(subjects.event(3), Buffer.from('[]'), id);
  await expect(denied).rejects.toThrow("no stream confirmed a message to 'event.3': it says that it has it already");
  const before = await stored();
  lies = false;
  await publisher.publish(subjects.event(3), Buffer.from('[]'), id);
  expect(await stored()).toBe(before + 1);
});

test('a message that the stream does have is told again under another id only', async () => {
  const publisher = new StreamPublisher(connection);
  const send = (id: string): Promise<void> => publisher.publish(subjects.event(4), Buffer.from('[]'), id);
  await send('first');
  await expect(send('first')).rejects.toThrow('it says that it has it already');
  const before = await stored();
  await send('first, once more');
  expect(await stored()).toBe(before + 1);
});
