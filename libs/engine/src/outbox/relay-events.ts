import { faultpoint } from '#faultpoint';
import type { EventBus, OutboxRow, OutboxStore } from '../ports/outbox-store.js';
import { cloudEvent } from './cloud-event.js';

/** Most outbox rows taken in one step of one partition. */
export const relayRowsMax = 500;
/** Most bytes of one message of stream EVENT. */
const messageBytesMax = 512 * 1024;

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
  await Promise.all(inMessages(rows).map((message) => tell(bus, message)));
  faultpoint('relay.beforeMark');
  await store.confirm(rows);
  return rows.length;
}

async function tell(bus: EventBus, { partition, bodies }: Message): Promise<void> {
  const stored = bus.publish(partition, `[${bodies.join()}]`);
  faultpoint('relay.midBatch');
  await stored;
  faultpoint('relay.afterPublish');
}

interface Message {
  partition: number;
  bodies: string[];
  bytes: number;
}

function inMessages(rows: OutboxRow[]): Message[] {
  const messages: Message[] = [];
  for (const row of rows) {
    const body = cloudEvent(row);
    const last = messages.at(-1);
    if (last && last.partition === row.partition && last.bytes + body.length <= messageBytesMax) {
      last.bodies.push(body);
      last.bytes += body.length;
    } else {
      messages.push({ partition: row.partition, bodies: [body], bytes: body.length });
    }
  }
  return messages;
}
