import { everyEventTold } from '../expectations.js';
import { harmRow } from './harm-rows.js';

export const c2 = harmRow({
  id: 'C2',
  title: 'NATS is killed and started again, twice',
  harm: async ({ stack }) => {
    for (let kill = 0; kill < 2; kill += 1) await stack.nats.restart({ wiped: false, killed: true });
  },
  expected: everyEventTold,
});
