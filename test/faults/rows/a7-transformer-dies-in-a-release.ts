import { serviceFault } from './service-faults.js';

export const a7 = serviceFault({
  id: 'A7',
  title: 'a transformer dies in the middle of a release, and does not come back',
  inCi: true,
  point: 'dag.midRelease',
  service: 'transformer-1',
  nthMax: 10,
  staysDead: true,
  shape: { transformers: 2 },
});
