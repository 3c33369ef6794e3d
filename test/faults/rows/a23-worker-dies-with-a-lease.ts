import { workerFault } from './worker-faults.js';

export const a23 = workerFault({
  id: 'A23',
  title: 'a worker dies when it has a lease: its jobs are leased again after the orphan term',
  point: 'worker.afterLease',
  nth: { from: 1, to: 4 },
});
