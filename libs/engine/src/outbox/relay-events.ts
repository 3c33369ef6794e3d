import { inMessages } from '#contracts';
import { faultpoint } from '#faultpoint';
import type { EventBus, OutboxRow, OutboxStore } from '../ports/outbox-store.js';
import { groupBy } from '../session/lost-batches.js';
import { cloudEvent } from './cloud-event.js';

/** Most outbox rows taken in one step of one partition. */
export const relayRowsMax = 500;

/**
 * Tells the stream what the outbox holds, in order of each partition, many events a message. An event may be told twice
 * (a crash between publishing and confirming), never left out: rows stay unconfirmed until the stream has them.
 * @returns events told; with `relayRowsMax` or more there may be others: call again.
 * @throws when NATS or PostgreSQL is away: nothing is lost, call again later.
 */
export async function relayEvents(store: OutboxStore, bus: EventBus, partitions: number[]): Promise<number> {
  const rows = await store.unconfirmed(partitions, relayRowsMax);
  if (rows.length === 0) return 0;
  faultpoint('relay.afterSelect');
  await Promise.all(messagesOf(rows).map((message) => tell(bus, message)));
  faultpoint('relay.beforeMark');
  await store.confirm(rows);
  return rows.length;
}

interface Message {
  partition: number;
  bodies: string[];
}

async function tell(bus: EventBus, { partition, bodies }: Message): Promise<void> {
  const stored = bus.publish(partition, `[${bodies.join()}]`);
  faultpoint('relay.midBatch');
  await stored;
  faultpoint('relay.afterPublish');
}

function messagesOf(rows: OutboxRow[]): Message[] {
  const bodies = groupBy(rows, ({ partition }) => partition);
  return [...bodies].flatMap(([partition, own]) =>
    inMessages(own.map(cloudEvent), (body) => Buffer.byteLength(body)).map((bodies) => ({ partition, bodies })),
  );
}
