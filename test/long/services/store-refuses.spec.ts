// Goal: while PostgreSQL answers and takes nothing, hardly a message passes between NATS and a transformer, however many wait;
// when it takes them again work goes on within 10 s, and all that waited is settled soon.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectNats, StreamBacklog, StreamPublisher, type NatsConnection } from '#adapter-nats';
import { partitionCount, subjects } from '#contracts';
import { TestStack, until } from '#test-kit';

/** Of each partition: more than a transformer takes at once. */
const waiting = 150;
/** By then a transformer tries every 5 s: it begins with 1, 2 and 4 s. */
const settleInSec = 12;
const watchSec = 10;
/** One message of each partition every 5 s, and as much again. */
const messagesPerSecMax = 8;

let stack: TestStack;
let connection: NatsConnection;
/** What the transformer said of messages: `+ACK`, `-NAK` and `+WPI`, each in answer to a message or to keep one. */
const said = { '+ACK': 0, '-NAK': 0, '+WPI': 0 };

beforeAll(async () => {
  stack = await TestStack.start();
  connection = await connectNats({ natsUrl: stack.nats.url, name: 'test' });
  connection.subscribe('$JS.ACK.>', {
    callback: (_, { data }) => {
      const word = Buffer.from(data).toString().slice(0, 4);
      if (word in said) said[word as keyof typeof said] += 1;
    },
  });
  await connection.flush();
}, 60_000);
afterAll(async () => {
  await connection.close();
  await stack.stop();
}, 60_000);

const passed = (): number => said['+ACK'] + said['-NAK'] + said['+WPI'];

/** As on a standby, or while an operator keeps writers out. */
async function takesNothing(yes: boolean): Promise<void> {
  await stack.onDatabase(async (client) => {
    await client.query('set default_transaction_read_only = off');
    if (yes) await client.query('alter system set default_transaction_read_only = on');
    else await client.query('alter system reset default_transaction_read_only');
    await client.query('select pg_reload_conf()');
  });
  await sleep(500); // every connection has read it
}

/** Ends of attempts that nobody granted: well formed, and stale. */
async function fillStream(): Promise<void> {
  const publisher = new StreamPublisher(connection);
  for (let no = 0; no < waiting; no += 1) {
    const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
    await Promise.all(
      partitions.map((partition) => publisher.publish(subjects.terminal(partition), strayEnd(partition))),
    );
  }
}

function strayEnd(partition: number): Buffer {
  const event = { lease: 0, job: `${partitionCount + partition}:0`, attempt: 1, outcome: 'finished', endedAtMs: 1 };
  const batch = { batchId: randomUUID(), session: '1', partition, leases: [{ id: '1', token: 'x' }], events: [event] };
  return Buffer.from(JSON.stringify({ gateway: '', batches: [batch] }));
}

test(
  `with ${waiting * partitionCount} messages waiting and nothing taken fewer than ${messagesPerSecMax} messages a second pass`,
  () =>
    stack.explained(async () => {
      await takesNothing(true);
      await fillStream();
      await sleep(settleInSec * 1_000);
      const before = passed();
      await sleep(watchSec * 1_000);
      const perSec = (passed() - before) / watchSec;
      console.log(`${perSec.toFixed(1)} messages a second while nothing is taken`);
      expect(perSec).toBeLessThan(messagesPerSecMax);
      expect(said['+ACK']).toBe(0);
      await takesNothing(false);
      await until('work goes on', 10_000, () => said['+ACK'] > 0);
      const backlog = new StreamBacklog(connection);
      await until('all that waited is settled', 20_000, async () => (await backlog.oldestSec()) === null);
      expect(await stack.rows('select reason from dead_letter')).toEqual([]);
    }),
  90_000,
);
