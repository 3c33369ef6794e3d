import { everyEventTold } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a11 = serviceFault({
  id: 'A11',
  title: 'a relay dies with events read',
  point: 'relay.afterSelect',
  service: 'transformer-1',
  nthMax: 6,
  shape: { transformers: 2 },
  expected: everyEventTold,
});
