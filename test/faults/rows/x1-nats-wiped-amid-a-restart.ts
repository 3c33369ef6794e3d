import { setTimeout as sleep } from 'node:timers/promises';
import { harmRow } from './harm-rows.js';

export const x1 = harmRow({
  id: 'X1',
  title: 'NATS loses its store while PostgreSQL restarts',
  inCi: false,
  shape: { ownPostgres: true, transformers: 2 },
  harm: async ({ stack, random }) => {
    const wiped = sleep(random.below(1_500)).then(() => stack.nats.restart({ wiped: true, killed: true }));
    const restarted = sleep(random.below(1_500)).then(() => stack.postgres.restart(random.pick(['fast', 'immediate'])));
    await Promise.all([wiped, restarted]);
  },
});
