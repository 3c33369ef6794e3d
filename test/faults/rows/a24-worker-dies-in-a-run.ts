import { workerFault } from './worker-faults.js';

export const a24 = workerFault({
  id: 'A24',
  title: 'a worker dies with jobs under way: they are leased again after the orphan term',
  inCi: true,
  point: 'worker.midRun',
  nth: { from: 3, to: 12 },
});
