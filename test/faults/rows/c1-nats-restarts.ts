import { everyEventTold } from '../expectations.js';
import { harmRow } from './harm-rows.js';

export const c1 = harmRow({
  id: 'C1',
  title: 'NATS restarts in order',
  inCi: true,
  harm: ({ stack }) => stack.nats.restart({ wiped: false }),
  expected: everyEventTold,
});
