import { setTimeout as sleep } from 'node:timers/promises';
import { noAttemptLost, noneRestarted } from '../expectations.js';
import { type FaultRow, stillSecMax } from '../fault-row.js';
import type { Trial } from '../trial.js';

const blockedMs = 5_000;
/** A process that does not answer a liveness probe for so long is ended by its orchestrator. */
const probeMsMax = 15_000;

export const e6: FaultRow = {
  id: 'E6',
  title: 'gateway, transformer and broker do nothing for 5 s each',
  transactionSecMax: stillSecMax,
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
      const over = new AbortController();
      const probed = probe(trial, over.signal);
      await trial.load.run();
      await trial.drain();
      over.abort();
      await probed;
      noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
      await noAttemptLost(trial);
    });
  },
};

/** As an orchestrator does, until it is over. @throws when a gateway was silent for longer than it would bear */
async function probe(trial: Trial, over: AbortSignal): Promise<void> {
  let slowestMs = 0;
  while (!over.aborted) {
    const askedMs = performance.now();
    const answer = await fetch(`${trial.stack.urls[0] ?? ''}/health/live`, { signal: AbortSignal.timeout(probeMsMax) });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`the gateway says of itself: ${answer.status}`);
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    await sleep(500);
  }
  trial.figures.set('slowest liveness probe s', slowestMs / 1_000);
}
