import { jetstream } from '@nats-io/jetstream';
import { connectNats } from '#adapter-nats';
import { streams } from '#contracts';
import { plainDocument, recorded } from '../trial-document.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';

const cancelled = 4;
/** Events that NATS had not confirmed when it lost everything. */
let outstanding: string[] = [];

export const c5 = harmRow({
  id: 'C5',
  title: 'NATS loses its store while the outbox is full',
  inCi: true,
  harm: async (trial, { nats }) => {
    nats.cut();
    for (let no = 0; no < cancelled; no += 1) {
      await trial.load.cancel(await trial.load.submit(plainDocument(`outstanding-${no}`, 40, recorded(5))));
    }
    outstanding = await unconfirmed(trial);
    await trial.stack.nats.restart({ wiped: true, killed: true });
    nats.heal();
  },
  expected: outstandingTold,
});

async function unconfirmed({ stack }: Trial): Promise<string[]> {
  const rows = await stack.rows<{ id: string }>(
    "select partition || '.' || seq as id from outbox where confirmed_at is null",
  );
  return rows.map(({ id }) => id);
}

/** I16: what was outstanding is in the new store. */
async function outstandingTold({ stack }: Trial): Promise<void> {
  if (outstanding.length === 0) throw new Error('nothing was outstanding: the row tried nothing');
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
