import { setTimeout as sleep } from 'node:timers/promises';
import { TrialLine, until } from '#test-kit';
import { everyEventTold, noAttemptLost, noneRestarted } from '../expectations.js';
import { stillSecMax } from '../fault-row.js';
import { harmRow } from './harm-rows.js';

/** The promise is 15 s; a busy machine needs its time. */
const foundOutMsMax = 25_000;

export const e2 = harmRow({
  id: 'E2',
  title: 'every connection to PostgreSQL, NATS and a gateway leads nowhere, and nobody closes it',
  transactionSecMax: stillSecMax,
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
  harm: async ({ random, figures }, lines) => {
    const strandedMs = performance.now();
    for (const line of random.shuffled([lines.postgres, lines.nats])) {
      line.strand();
      await sleep(random.below(1_500));
    }
    const isFoundOut = (): boolean => Object.values(lines).every(({ believed }: TrialLine) => believed === 0);
    await until('every connection that leads nowhere is given up', foundOutMsMax, isFoundOut);
    figures.set('found out after s', (performance.now() - strandedMs) / 1_000);
  },
  expected: async (trial) => {
    noneRestarted(trial, ['gateway-1', 'transformer-1', 'broker-1']);
    await noAttemptLost(trial);
    await everyEventTold(trial);
  },
});
