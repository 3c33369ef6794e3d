import { noAttemptLost } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a10 = serviceFault({
  id: 'A10',
  title: 'a broker dies with beats written down and not answered',
  point: 'broker.afterHeartbeat',
  service: 'broker-1',
  // A beat each second.
  shape: { brokers: 2, environment: { SLUICE_CLOCK_SCALE: '20' } },
  expected: noAttemptLost,
});
