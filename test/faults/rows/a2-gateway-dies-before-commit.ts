import { nothingHalfDone } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a2 = serviceFault({
  id: 'A2',
  title: 'a gateway dies with a chunk written and not committed',
  point: 'api.beforeCommit',
  service: 'gateway-1',
  nthMax: 6,
  shape: { gateways: 2 },
  expected: nothingHalfDone,
});
