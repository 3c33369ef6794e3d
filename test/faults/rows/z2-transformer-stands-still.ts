import { stoppedService } from './stopped-services.js';

export const z2 = stoppedService({
  id: 'Z2',
  title: 'a transformer stands still with a transaction open, and wakes when others did its work',
  point: 'apply.beforeCommit',
  service: 'transformer-1',
  shape: { transformers: 2 },
});
