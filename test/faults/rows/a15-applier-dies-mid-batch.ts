import { serviceFault } from './service-faults.js';

export const a15 = serviceFault({
  id: 'A15',
  title: 'an applier dies with attempts ended in an open transaction',
  point: 'apply.midBatch',
  service: 'transformer-1',
  nthMax: 10,
  shape: { transformers: 2 },
});
