import { serviceFault } from './service-faults.js';

export const a16 = serviceFault({
  id: 'A16',
  title: 'an applier dies with a settle written and not committed',
  point: 'apply.beforeCommit',
  service: 'transformer-1',
  nthMax: 10,
  shape: { transformers: 2 },
});
