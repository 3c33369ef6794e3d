import { expect, test } from '@jest/globals';
import { PublicEventMessage } from '#contracts';
import type { OutboxRow, OutboxStore } from '../ports/outbox-store.js';
import { relayEvents } from './relay-events.js';

const row = (partition: number, seq: number, body = '{}'): OutboxRow => ({
  ...{ partition, seq: String(seq), workflow: 'w-aaaaaaaaaa', runNo: 1, type: 'org.sluice.jobs.ended.v1', body },
  at: '2026-01-01T00:00:00.000Z',
});

function outboxOf(rows: OutboxRow[]): OutboxStore & { confirmed: OutboxRow[] } {
  const confirmed: OutboxRow[] = [];
  return { confirmed, unconfirmed: async () => rows, confirm: async (done) => void confirmed.push(...done) };
}

test('events of one partition go out in order, many in one message, as CloudEvents', async () => {
  const said: [number, unknown][] = [];
  const bus = { publish: async (partition: number, body: string) => void said.push([partition, JSON.parse(body)]) };
  const outbox = outboxOf([row(1, 1), row(1, 2, '{"tasks":[]}'), row(4, 9)]);
  expect(await relayEvents(outbox, bus, [1, 4])).toBe(3);
  const messages = said.map(([, body]) => PublicEventMessage.parse(body));
  expect(messages.map((message) => message.map((event) => event.id))).toEqual([['1.1', '1.2'], ['4.9']]);
  expect(messages[0]?.[1]?.data).toEqual({ tasks: [] });
  expect(outbox.confirmed).toHaveLength(3);
});

test('a message stays under 512 KiB', async () => {
  const bodies: string[] = [];
  const bus = { publish: async (_: number, body: string) => void bodies.push(body) };
  const large = JSON.stringify({ text: 'x'.repeat(200_000) });
  await relayEvents(outboxOf([row(1, 1, large), row(1, 2, large), row(1, 3, large)]), bus, [1]);
  expect(bodies.map((body) => (JSON.parse(body) as unknown[]).length)).toEqual([2, 1]);
  expect(Math.max(...bodies.map((body) => body.length))).toBeLessThan(512 * 1_024);
});

test('its bytes count, not its characters', async () => {
  const bodies: string[] = [];
  const bus = { publish: async (_: number, body: string) => void bodies.push(body) };
  const label = JSON.stringify({ label: '文'.repeat(100_000) });
  await relayEvents(outboxOf([row(1, 1, label), row(1, 2, label), row(2, 3, label)]), bus, [1, 2]);
  expect(bodies).toHaveLength(3);
  for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThan(512 * 1_024);
});

test('what the stream did not take is not confirmed', async () => {
  const outbox = outboxOf([row(1, 1)]);
  const bus = { publish: () => Promise.reject(new Error('NATS is away')) };
  await expect(relayEvents(outbox, bus, [1])).rejects.toThrow('NATS is away');
  expect(outbox.confirmed).toEqual([]);
});
