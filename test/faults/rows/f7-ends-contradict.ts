import { randomUUID } from 'node:crypto';
import type { TerminalBatch } from '#contracts';
import { messageOf } from './message-tap.js';
import { tapRow } from './tap-rows.js';

type End = TerminalBatch['events'][number];

export const f7 = tapRow({
  id: 'F7',
  title: 'of every end the contrary is said too: the first that is committed stands',
  besides: ({ random }, tap, message) => {
    const { gateway, batches } = messageOf(message);
    const against = batches.map((batch) => ({
      ...batch,
      batchId: randomUUID(),
      events: random.shuffled(batch.events).map(contrary),
    }));
    tap.send(message, JSON.stringify({ gateway, batches: against }));
    setTimeout(() => tap.send(message, JSON.stringify({ gateway, batches: against })), random.below(1_000));
  },
});

const contrary = (end: End): End =>
  end.outcome === 'finished'
    ? { ...end, outcome: 'failed', reason: 'error', exitCode: 1 }
    : { ...end, outcome: 'finished', reason: undefined, exitCode: 0 };
