import { stoppedService } from './stopped-services.js';

export const z2b = stoppedService({
  id: 'Z2b',
  title: 'a broker stands still between granting jobs and answering',
  point: 'broker.afterLeaseBeforeReply',
  service: 'broker-1',
  shape: { brokers: 2 },
});
