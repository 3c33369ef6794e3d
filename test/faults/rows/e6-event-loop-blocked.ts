import { noAttemptLost, noneRestarted } from '../expectations.js';
import type { FaultRow } from '../fault-row.js';

const blockedMs = 5_000;

export const e6: FaultRow = {
  id: 'E6',
  title: 'gateway, transformer and broker do nothing for 5 s each',
  inCi: false,
  points: ['api.beforeCommit', 'apply.beforeCommit', 'broker.afterLeaseBeforeReply'],
  run: async (trial) => {
    const nth = (): number => trial.random.between(1, 3);
    await trial.start({
      faults: {
        'gateway-1': `api.beforeCommit:${nth()}:delay:${blockedMs}`,
        'transformer-1': `apply.beforeCommit:${nth()}:delay:${blockedMs}`,
        'broker-1': `broker.afterLeaseBeforeReply:${nth()}:delay:${blockedMs}`,
      },
    });
    for (const name of ['one', 'two']) await trial.startWorker(name);
    await trial.stack.explained(async () => {
      await trial.load.run();
      await trial.drain();
      noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
      await noAttemptLost(trial);
    });
  },
};
