import { serviceFault } from './service-faults.js';

export const a18 = serviceFault({
  id: 'A18',
  title: 'an applier dies just when it has acknowledged',
  point: 'apply.afterAck',
  service: 'transformer-1',
  nthMax: 10,
  shape: { transformers: 2 },
});
