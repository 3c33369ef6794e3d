import { randomUUID } from 'node:crypto';
import { messageOf } from './message-tap.js';
import { tapRow } from './tap-rows.js';

const dayMs = 86_400_000;

export const f2 = tapRow({
  id: 'F2',
  title: 'all messages come again out of order, then as if they were of yesterday',
  besides: ({ random }, tap) => {
    const earlier = random.pick(tap.heard);
    if (tap.heard.length > 2) tap.send(earlier, earlier.body);
  },
  afterwards: ({ random }, tap) => {
    for (const message of random.shuffled(tap.heard)) tap.send(message, message.body);
    for (const message of random.shuffled(tap.heard)) {
      const { gateway, batches } = messageOf(message);
      const old = batches.map((batch) => ({
        ...batch,
        batchId: randomUUID(),
        events: random.shuffled(batch.events).map((event) => ({ ...event, endedAtMs: event.endedAtMs - dayMs })),
      }));
      tap.send(message, JSON.stringify({ gateway, batches: old }));
    }
  },
});
