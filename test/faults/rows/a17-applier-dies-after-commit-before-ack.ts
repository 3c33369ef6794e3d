import { serviceFault } from './service-faults.js';

export const a17 = serviceFault({
  id: 'A17',
  title: 'an applier dies between a commit and its acknowledgement',
  inCi: true,
  point: 'apply.afterCommitBeforeAck',
  service: 'transformer-1',
  nthMax: 10,
  shape: { transformers: 2 },
});
