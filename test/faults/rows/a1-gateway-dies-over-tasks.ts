import { nothingHalfDone } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a1 = serviceFault({
  id: 'A1',
  title: 'a gateway dies over the tasks of a chunk, its transaction open',
  point: 'api.afterInsert',
  service: 'gateway-1',
  shape: { gateways: 2 },
  expected: nothingHalfDone,
});
