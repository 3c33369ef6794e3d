import { everyEventTold } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a14 = serviceFault({
  id: 'A14',
  title: 'a relay dies when the stream has all messages and the outbox does not know',
  inCi: true,
  point: 'relay.beforeMark',
  service: 'transformer-1',
  nthMax: 6,
  shape: { transformers: 2 },
  expected: everyEventTold,
});
