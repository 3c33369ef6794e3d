import { serviceFault } from './service-faults.js';

export const a6 = serviceFault({
  id: 'A6',
  title: 'a transformer dies with a command in hand, and does not come back',
  point: 'dag.afterClaim',
  service: 'transformer-1',
  staysDead: true,
  shape: { transformers: 2 },
});
