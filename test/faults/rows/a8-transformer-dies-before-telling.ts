import { serviceFault } from './service-faults.js';

export const a8 = serviceFault({
  id: 'A8',
  title: 'a transformer dies when a command is done and nobody was told, and does not come back',
  point: 'dag.afterCommit',
  service: 'transformer-1',
  staysDead: true,
  shape: { transformers: 2 },
});
