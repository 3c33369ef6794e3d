import { rmSync } from 'node:fs';
import { outboxSets, rebuiltFrom, type OutboxSets } from '../outbox-sets.js';
import type { Trial } from '../trial.js';
import { harmRow } from './harm-rows.js';
import { fillOutbox } from './outstanding.js';

/** What the books said when NATS lost everything. */
const lost = new WeakMap<Trial, OutboxSets>();

export const c5 = harmRow({
  id: 'C5',
  title: 'NATS loses its store while the outbox is full',
  inCi: true,
  harm: async (trial, { nats }) => {
    nats.cut();
    await fillOutbox(trial);
    const wipe = async (place: string): Promise<void> => {
      lost.set(trial, await outboxSets(trial.stack));
      rmSync(place, { recursive: true });
    };
    await trial.stack.nats.without(wipe, { killed: true });
    nats.heal();
  },
  expected: async (trial) => {
    const before = lost.get(trial);
    if (!before || before.outstanding.size === 0) throw new Error('nothing was outstanding: the row tried nothing');
    trial.figures.set('events outstanding', before.outstanding.size);
    await rebuiltFrom(trial.stack, before);
  },
});
