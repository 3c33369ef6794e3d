import { everyEventTold } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a12 = serviceFault({
  id: 'A12',
  title: 'a relay dies with some of its messages sent',
  point: 'relay.midBatch',
  service: 'transformer-1',
  nthMax: 6,
  shape: { transformers: 2 },
  expected: everyEventTold,
});
