import { TrialLine } from '#test-kit';
import { noAttemptLost } from '../expectations.js';
import { harmRow } from './harm-rows.js';

/** Packets that the line lost so far. */
let lost: () => number = () => 0;

export const e1 = harmRow({
  id: 'E1',
  title: 'a line to the gateway of 64 kbit/s, half a second long, that loses 30 of 100 packets',
  load: { workflows: 4, jobsMax: 40, cancelOneIn: 0 },
  workers: async (trial) => {
    const line = await TrialLine.start(trial.stack.urls[0] ?? '');
    trial.onEnd(() => line.stop());
    line.quality = { delayMs: 250, bitsPerSec: 64_000, lostPercent: 30, random: trial.random };
    lost = () => line.lost;
    return [{ flags: ['--url', line.url] }];
  },
  harm: () => Promise.resolve(), // the line is bad from the start
  expected: async (trial) => {
    if (lost() === 0) throw new Error('no packet was lost: the row tried nothing');
    trial.figures.set('packets lost', lost());
    await noAttemptLost(trial);
  },
});
