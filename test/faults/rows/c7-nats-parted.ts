import { setTimeout as sleep } from 'node:timers/promises';
import type { Way } from '#test-kit';
import { everyEventTold } from '../expectations.js';
import { plainDocument } from '../trial-document.js';
import { harmRow } from './harm-rows.js';

/** Shorter and longer than the 15 s after which a dead connection is given up. */
const partMs = { from: 4_000, to: 20_000 };
const kinds: readonly (readonly Way[])[] = [['to'], ['from'], ['to', 'from']];

export const c7 = harmRow({
  id: 'C7',
  title: 'services and NATS are parted one way, the other, and both',
  harm: async (trial, { nats }) => {
    for (const ways of trial.random.shuffled(kinds)) {
      nats.part(...ways);
      // Acknowledged without NATS: only what runs waits for it.
      await trial.load.submit(plainDocument(`parted-${ways.join('-')}`, 5, 'quick'));
      await sleep(trial.random.between(partMs.from, partMs.to));
      nats.heal();
    }
  },
  expected: everyEventTold,
});
