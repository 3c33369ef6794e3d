import { setTimeout as sleep } from 'node:timers/promises';
import { everyEventTold, noneRestarted } from '../expectations.js';
import { harmRow } from './harm-rows.js';

const restarts = 3;

export const d1 = harmRow({
  id: 'D1',
  title: 'PostgreSQL restarts again and again, fast or cut off',
  inCi: true,
  shape: { ownPostgres: true },
  harm: async ({ stack, random }) => {
    for (let no = 0; no < restarts; no += 1) {
      await sleep(random.below(2_000));
      await stack.postgres.restart(random.pick(['fast', 'immediate']));
    }
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await everyEventTold(trial);
  },
});
