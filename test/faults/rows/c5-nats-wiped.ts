import { harmRow } from './harm-rows.js';
import { fillOutbox, outstandingTold } from './outstanding.js';

/** Events that NATS had not confirmed when it lost everything. */
let outstanding: readonly string[] = [];

export const c5 = harmRow({
  id: 'C5',
  title: 'NATS loses its store while the outbox is full',
  inCi: true,
  harm: async (trial, { nats }) => {
    nats.cut();
    outstanding = await fillOutbox(trial);
    await trial.stack.nats.restart({ wiped: true, killed: true });
    nats.heal();
  },
  expected: (trial) => outstandingTold(trial, outstanding),
});
