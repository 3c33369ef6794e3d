import { workerFault } from './worker-faults.js';

export const a25 = workerFault({
  id: 'A25',
  title: 'a worker dies with ends in its journal, and another starts in its folder',
  point: 'worker.beforeReport',
  nth: { from: 2, to: 8 },
  comesBack: true,
});
