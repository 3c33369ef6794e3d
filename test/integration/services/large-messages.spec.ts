// Goal: whatever people's texts are, no message between the services is larger than NATS takes, and where one would be,
// nobody's process ends over it.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectNats, ServiceClient, ServiceFailed, ServiceTransport, type NatsConnection } from '#adapter-nats';
import { DocumentHeader, messageBytesMax, messageCharsMax, subjects } from '#contracts';
import { chunkLimits, chunksOf, readDocument } from '#documents';
import { TestStack, until } from '#test-kit';

/** What a message may have besides what it carries. */
const envelopeBytes = 4_096;
const labels = 3_000;
const wordyJobs = 90;
const marathon = '走'.repeat(150);

let stack: TestStack;
let connection: NatsConnection;
/** Bytes of the largest message of all subjects. */
let largest = 0;

beforeAll(async () => {
  stack = await TestStack.start();
  connection = await connectNats({ natsUrl: stack.nats.url, name: 'test' });
  for (const subject of [subjects.terminalAll, subjects.eventAll, 'gateway.>', 'hint.>'])
    connection.subscribe(subject, { callback: (_, { data }) => void (largest = Math.max(largest, data.length)) });
  await connection.flush();
}, 60_000);
afterAll(async () => {
  await connection.close();
  await stack.stop();
}, 60_000);

async function submitLines(header: Record<string, unknown>, lines: readonly object[]): Promise<string> {
  const text = [header, ...lines].map((line) => JSON.stringify(line)).join('\n');
  const opened = await readDocument(Readable.from([Buffer.from(text)]));
  const client = stack.client();
  try {
    const chunks = chunksOf(opened, chunkLimits);
    const upload = await client.submit({ header: DocumentHeader.parse(opened.header), chunks });
    if (upload.state === 'sealed') return upload.id;
    throw new Error(`refused: ${JSON.stringify(upload.refusal)}`);
  } finally {
    await client.close();
  }
}

const untold = async (): Promise<number> => {
  const [row] = await stack.rows<{ count: number }>(
    'select count(*)::int as count from outbox where confirmed_at is null',
  );
  return row?.count ?? NaN;
};

test(
  `the end of ${labels} tasks with long names at once is told`,
  () =>
    stack.explained(async () => {
      const template = { transform: 'noop', resources: { memoryMib: 1 } };
      const header = { apiVersion: 'sluice/v1', name: 'long labels', templates: { work: template } };
      const id = await submitLines(
        header,
        Array.from({ length: labels }, (_, no) => ({ name: `j${no}`, label: `${no}-${marathon}`, template: 'work' })),
      );
      await stack.cancel(id);
      expect(await stack.end(id, 60_000)).toMatchObject({ state: 'cancelled', failed: labels });
      await until('all of it is told', 20_000, async () => (await untold()) === 0);
      expect(largest).toBeGreaterThan(100_000);
      expect(largest).toBeLessThan(messageBytesMax + envelopeBytes);
    }),
  120_000,
);

test(
  `${wordyJobs} jobs whose parameters and last words are as long as they may be are leased, settled and told`,
  () =>
    stack.explained(async () => {
      const argv = [
        'sh',
        '-c',
        `head -c ${messageCharsMax * 3} /dev/zero | sed 's/\\x00/\\xe8\\xb5\\xb0/g' >&2; exit 3`,
      ];
      const template = { command: { argv: [...argv, '走'.repeat(6_000)] }, resources: { cores: 0.02, memoryMib: 1 } };
      const header = { apiVersion: 'sluice/v1', name: 'wordy', templates: { work: template } };
      const vars = Object.fromEntries(Array.from({ length: 10 }, (_, no) => [`v${no}`, '走'.repeat(900)]));
      const lines = Array.from({ length: wordyJobs }, (_, no) => ({ name: `j${no}`, template: 'work', vars }));
      const id = await submitLines(header, lines);
      await stack.startWorker('one', ['--sandbox', 'off']);
      expect(await stack.end(id, 90_000)).toMatchObject({ state: 'failed', failed: wordyJobs, deadLetters: 0 });
      const [row] = await stack.rows<{ told: number }>(
        'select count(*)::int as told from attempt where exit_code = 3 and octet_length(message) > $1',
        [messageCharsMax * 2],
      );
      expect(row?.told).toBe(wordyJobs);
      expect(largest).toBeLessThan(messageBytesMax + envelopeBytes);
    }),
  120_000,
);

test('an answer that is too large is an error to who asked, and the service goes on', async () => {
  const transport = new ServiceTransport(connection);
  transport.addHandler('test.large', () => Promise.resolve({ text: 'x'.repeat(2 * 1024 * 1024) }) as Promise<never>);
  transport.addHandler('test.small', () => Promise.resolve({ text: 'x' }) as Promise<never>);
  await new Promise<void>((resolve) => void transport.listen(() => resolve()));
  const asker = await connectNats({ natsUrl: stack.nats.url, name: 'asker' });
  const client = new ServiceClient(asker);
  try {
    await expect(client.request('test.large', {}, 5_000)).rejects.toThrow(ServiceFailed);
    await expect(client.request('test.small', {}, 5_000)).resolves.toEqual({ text: 'x' });
  } finally {
    await transport.close();
    await client.close();
    await asker.close();
  }
}, 30_000);
