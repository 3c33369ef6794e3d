// Goal: a message that can never be applied is set aside alone, and the ends around it count.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectNats, StreamPublisher, type NatsConnection } from '#adapter-nats';
import { subjects } from '#contracts';
import { TestStack, until } from '#test-kit';

const jobs = 2_000;
/** Beyond what int, bigint and timestamptz hold. */
const tooLarge = 9_999_999_999;

let stack: TestStack;
let connection: NatsConnection;

beforeAll(async () => {
  stack = await TestStack.start();
  connection = await connectNats({ natsUrl: stack.nats.url, name: 'test' });
}, 60_000);
afterAll(async () => {
  await connection.close();
  await stack.stop();
}, 60_000);

/** Messages of one partition, those that only PostgreSQL refuses last: each has one event, of a workflow that is not there. */
function oddMessages(partition: number): [what: string, body: string][] {
  const stranger = `${16 + partition}:0`;
  const messageWith = (event: Record<string, unknown>): string => {
    const batch = { batchId: randomUUID(), session: '1', partition: 0, leases: [{ id: '1', token: 'x' }] };
    const end = { lease: 0, job: stranger, attempt: 1, outcome: 'finished', endedAtMs: Date.now() };
    return JSON.stringify({ gateway: '', batches: [{ ...batch, events: [{ ...end, ...event }] }] });
  };
  return [
    ['empty', ''],
    ['not JSON', '{"gateway": "g", "batches"'],
    ['a NUL', '"\0"'],
    ['null', 'null'],
    ['no list of batches', '{"gateway":"g","batches":{}}'],
    ['a batch of nothing', '{"gateway":"g","batches":[null]}'],
    ['another schema', JSON.stringify({ gateway: 'g', batches: [{ id: 1, events: [] }] })],
    ['an ordinal beyond int', messageWith({ job: `${16 + partition}:${tooLarge}` })],
    ['a workflow beyond bigint', messageWith({ job: `${BigInt('9999999999999999984') + BigInt(partition)}:0` })],
    ['an attempt beyond smallint', messageWith({ attempt: tooLarge })],
    ['text where a number belongs', messageWith({ cpuSec: 'much' })],
    ['an exit code beyond smallint', messageWith({ exitCode: tooLarge })],
  ];
}

/** Odd messages go where the workflow's ends go. */
async function partitionOf(id: string): Promise<number> {
  const [row] = await stack.rows<{ partition: number }>('select partition from workflow where public_id = $1', [id]);
  return row?.partition ?? -1;
}

test(
  'odd messages among ends: each is set aside alone, and all jobs finish',
  () =>
    stack.explained(async () => {
      const id = await stack.submit('odd', { jobs, template: { transform: 'noop', resources: { memoryMib: 1 } } });
      const partition = await partitionOf(id);
      const publisher = new StreamPublisher(connection);
      const worker = stack.startWorker('one');
      const messages = oddMessages(partition);
      for (const [, body] of messages) {
        await publisher.publish(subjects.terminal(partition), Buffer.from(body));
        await sleep(50); // so that some meet the worker's ends
      }
      await worker;
      expect(await stack.end(id, 30_000)).toMatchObject({
        state: 'done',
        jobs,
        finished: jobs,
        notOnce: 0,
        others: {},
      });
      await until('all are set aside', 10_000, async () => (await deadLetters()).length >= messages.length);
      const letters = await deadLetters();
      expect(letters).toHaveLength(messages.length);
      expect(letters.filter(({ reason }) => reason === '')).toEqual([]);
      expect(stack.service('transformer-1').starts).toBe(1);
    }),
  60_000,
);

const deadLetters = (): Promise<{ reason: string }[]> => stack.rows('select reason from dead_letter');
