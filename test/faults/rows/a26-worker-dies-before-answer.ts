import { workerFault } from './worker-faults.js';

export const a26 = workerFault({
  id: 'A26',
  title: 'a worker dies before the answer to its report, and another starts in its folder',
  point: 'worker.afterReportBeforeReply',
  nth: { from: 2, to: 8 },
  comesBack: true,
});
