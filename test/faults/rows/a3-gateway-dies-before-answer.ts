import { nothingHalfDone } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a3 = serviceFault({
  id: 'A3',
  title: 'a gateway dies between opening an upload and answering',
  inCi: true,
  point: 'api.afterCommitBeforeReply',
  service: 'gateway-1',
  shape: { gateways: 2 },
  expected: nothingHalfDone,
});
