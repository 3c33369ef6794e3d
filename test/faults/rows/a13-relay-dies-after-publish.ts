import { everyEventTold } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a13 = serviceFault({
  id: 'A13',
  title: 'a relay dies when the stream has a message',
  point: 'relay.afterPublish',
  service: 'transformer-1',
  nthMax: 6,
  shape: { transformers: 2 },
  expected: everyEventTold,
});
