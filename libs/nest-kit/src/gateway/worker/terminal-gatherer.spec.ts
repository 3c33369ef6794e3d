// Goal: G1-G3 of terminal-gatherer.ts.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { messageBytesMax, terminalBatchBytesMax, TerminalMessage } from '#contracts';
import { TerminalGatherer } from './terminal-gatherer.js';

interface Published {
  subject: string;
  body: string;
  id: string;
  confirm: () => void;
  fail: (cause: Error) => void;
}

function gatherer(): { gatherer: TerminalGatherer; published: Published[] } {
  const published: Published[] = [];
  const publish = (subject: string, body: Uint8Array, id: string): Promise<void> =>
    new Promise((confirm, fail) => published.push({ subject, body: Buffer.from(body).toString(), id, confirm, fail }));
  return { gatherer: new TerminalGatherer('gateway1', publish), published };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const raw = (name: string): Buffer => Buffer.from(JSON.stringify({ name }));
const namesIn = ({ body }: Published): string[] =>
  (JSON.parse(body) as { batches: { name: string }[] }).batches.map(({ name }) => name);

test('G1: a lone report leaves at once', async () => {
  const { gatherer: lane, published } = gatherer();
  void lane.add(3, raw('a'));
  await turn();
  expect(published.map(({ subject, body }) => [subject, body])).toEqual([
    ['terminal.3', '{"gateway":"gateway1","batches":[{"name":"a"}]}'],
  ]);
});

test('G2: what comes while two messages are on their way leaves together', async () => {
  const { gatherer: lane, published } = gatherer();
  for (const name of ['a', 'b', 'c', 'd']) {
    void lane.add(0, raw(name));
    await turn();
  }
  expect(published.map(namesIn)).toEqual([['a'], ['b']]);
  published[0]?.confirm();
  await turn();
  expect(published.map(namesIn)).toEqual([['a'], ['b'], ['c', 'd']]);
  expect(new Set(published.map(({ id }) => id)).size).toBe(3);
});

test('G2: partitions do not wait for each other', async () => {
  const { gatherer: lane, published } = gatherer();
  for (const partition of [0, 1, 2]) void lane.add(partition, raw('a'));
  await turn();
  expect(published.map(({ subject }) => subject)).toEqual(['terminal.0', 'terminal.1', 'terminal.2']);
});

test('a message stays under its limit of bytes; a batch that is as large goes alone', async () => {
  const { gatherer: lane, published } = gatherer();
  const large = Buffer.from(JSON.stringify('x'.repeat(300 * 1024)));
  for (let i = 0; i < 3; i++) void lane.add(0, large);
  void lane.add(0, Buffer.from(JSON.stringify('x'.repeat(terminalBatchBytesMax - 2))));
  for (let i = 0; i < 4; i++) {
    await turn();
    published[i]?.confirm();
  }
  await turn();
  expect(published).toHaveLength(4);
});

test('G3: a report counts only when the stream has it; a failed message fails its reports and no others', async () => {
  const { gatherer: lane, published } = gatherer();
  const first = lane.add(0, raw('a'));
  await turn();
  const second = lane.add(0, raw('b'));
  await turn();
  published[0]?.fail(new Error('503'));
  published[1]?.confirm();
  await expect(first).rejects.toThrow('503');
  await expect(second).resolves.toBeUndefined();
});

test('a stream that does not answer bounds what waits', async () => {
  const { gatherer: lane } = gatherer();
  const large = Buffer.alloc(terminalBatchBytesMax, 'x');
  const adds = Array.from({ length: 40 }, () => lane.add(0, large));
  adds.forEach((add) => void add.catch(() => undefined));
  await expect(adds.at(-1)).rejects.toMatchObject({ refused: { status: 503 } });
});

test('what is published is the contract, whatever the batches hold', async () => {
  const { gatherer: lane, published } = gatherer();
  const batch = {
    batchId: '11111111-1111-4111-8111-111111111111',
    ...{ session: '1', partition: 0, leases: [{ id: '5', token: 't' }] },
    events: [{ lease: 0, job: '1:0', attempt: 1, outcome: 'finished', endedAtMs: 1, message: '"]}\u2028 é' }],
  };
  void lane.add(0, Buffer.from(JSON.stringify(batch)));
  await turn();
  expect(TerminalMessage.parse(JSON.parse(published[0]?.body ?? ''))).toEqual({
    gateway: 'gateway1',
    batches: [batch],
  });
});

test('whatever reports come, up to the largest that is taken: no message is larger than one of those and what wraps it', async () => {
  const bytes = fc.oneof(
    fc.integer({ min: 1, max: 2_000 }),
    fc.integer({ min: 200_000, max: terminalBatchBytesMax - 2 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 25 }), async (sizes) => {
      const { gatherer: lane, published } = gatherer();
      for (const size of sizes) void lane.add(0, Buffer.from(JSON.stringify('x'.repeat(size))));
      for (let sent = 0; sent < published.length || sent === 0;) {
        await turn();
        for (const { confirm } of published.slice(sent)) confirm();
        sent = published.length;
        await turn();
      }
      for (const { body } of published) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(messageBytesMax + 256);
      const told = published.flatMap(({ body }) => (JSON.parse(body) as { batches: string[] }).batches);
      expect(told.map(({ length }) => length)).toEqual(sizes);
    }),
    { numRuns: 30 },
  );
});
