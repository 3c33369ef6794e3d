import { jetstream } from '@nats-io/jetstream';
import { connectNats } from '#adapter-nats';
import { streams } from '#contracts';
import { until } from '#test-kit';
import { plainDocument, recorded } from '../trial-document.js';
import type { Trial } from '../trial.js';

const cancelled = 4;
const eventsMs = 60_000;

/** Makes events while nobody can tell them: calls are answered all the same. @returns ids of what is not confirmed */
export async function fillOutbox(trial: Trial): Promise<string[]> {
  for (let no = 0; no < cancelled; no += 1)
    await trial.load.cancel(await trial.load.submit(plainDocument(`outstanding-${no}`, 40, recorded(5))));
  let outstanding: string[] = [];
  await until('events are outstanding', eventsMs, async () => {
    outstanding = await unconfirmed(trial);
    return outstanding.length >= cancelled; // a cancelled workflow has one at least: its own end
  });
  return outstanding;
}

/** Ids of events that stream EVENT has not confirmed. */
export async function unconfirmed({ stack }: Trial): Promise<string[]> {
  const rows = await stack.rows<{ id: string }>(
    "select partition || '.' || seq as id from outbox where confirmed_at is null",
  );
  return rows.map(({ id }) => id);
}

/** I16: what was outstanding is in the new store. To be asked when all is quiet. */
export async function outstandingTold({ stack }: Trial, outstanding: readonly string[]): Promise<void> {
  const connection = await connectNats({ natsUrl: stack.nats.url, name: 'trial' });
  try {
    const told = new Set<string>();
    const consumer = await jetstream(connection).consumers.get(streams.event);
    for (let left = Infinity; left > 0;) {
      const message = await consumer.next({ expires: 5_000 });
      if (!message) throw new Error('stream EVENT is empty');
      for (const { id } of message.json<{ id: string }[]>()) told.add(id);
      left = message.info.pending;
    }
    const missing = outstanding.filter((id) => !told.has(id));
    if (missing.length > 0) throw new Error(`I16: not told again: ${missing.slice(0, 5).join()}`);
  } finally {
    await connection.close();
  }
}
