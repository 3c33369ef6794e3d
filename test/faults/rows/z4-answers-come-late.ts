import { setTimeout as sleep } from 'node:timers/promises';
import { TrialNetwork } from '#test-kit';
import type { FaultRow } from '../fault-row.js';
import { plainDocument, recorded } from '../trial-document.js';
import type { Trial } from '../trial.js';

const rounds = 6;
const lateMsMax = 2_500;

export const z4: FaultRow = {
  id: 'Z4',
  title: 'answers reach a worker late, twice and in another order, while its jobs are cancelled',
  inCi: true,
  run,
};

async function run(trial: Trial): Promise<void> {
  const { random } = trial;
  await trial.start({ environment: { SLUICE_CLOCK_SCALE: '20' } });
  const network = await TrialNetwork.start(trial.stack.urls[0] ?? '');
  try {
    network.faultOf = () =>
      random.pick([null, 'repeat', 'lose-answer', random.below(lateMsMax), random.below(lateMsMax)]);
    const worker = await trial.startWorker('confused', { flags: ['--url', network.url, '--cores', '6'] });
    await trial.stack.explained(async () => {
      for (let round = 0; round < rounds; round += 1) {
        const doomed = await trial.load.submit(plainDocument(`doomed-${round}`, 6, recorded(3)));
        await trial.load.submit(plainDocument(`spared-${round}`, 6, recorded(0.5)));
        await sleep(random.below(lateMsMax));
        await trial.load.cancel(doomed);
      }
      await trial.drain();
      if (!worker.log.includes('attempts.killed')) throw new Error('nothing was killed: the row tried nothing');
    });
  } finally {
    await network.stop();
  }
}
