import { noAttemptLost } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a9 = serviceFault({
  id: 'A9',
  title: 'a broker dies between granting jobs and answering: who asks again gets the same lease',
  inCi: true,
  point: 'broker.afterLeaseBeforeReply',
  service: 'broker-1',
  shape: { brokers: 2 },
  expected: noAttemptLost,
});
