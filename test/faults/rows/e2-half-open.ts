import { setTimeout as sleep } from 'node:timers/promises';
import { TrialLine } from '#test-kit';
import { everyEventTold, noAttemptLost, noneRestarted } from '../expectations.js';
import { harmRow } from './harm-rows.js';

export const e2 = harmRow({
  id: 'E2',
  title: 'every connection to PostgreSQL, NATS and a gateway leads nowhere, and nobody closes it',
  inCi: true,
  workers: async (trial) => {
    const line = await TrialLine.start(trial.stack.urls[0] ?? '');
    trial.onEnd(() => line.stop());
    const strand = async (): Promise<void> => {
      await sleep(trial.random.below(3_000));
      line.strand();
    };
    void strand();
    return [{ flags: ['--url', line.url] }, {}];
  },
  harm: async ({ random }, { postgres, nats }) => {
    for (const line of random.shuffled([postgres, nats])) {
      line.strand();
      await sleep(random.below(1_500));
    }
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await noAttemptLost(trial);
    await everyEventTold(trial);
  },
});
