import { TrialNetwork } from '#test-kit';
import type { FaultRow } from '../fault-row.js';
import { plainDocument, recorded } from '../trial-document.js';
import type { Trial } from '../trial.js';
import { nearby, shortTerms } from './lost-workers.js';
import { grantedAnew, heardStale } from './sleepers.js';

export const z3: FaultRow = {
  id: 'Z3',
  title: 'a worker that works on is cut off for longer than its orphan term',
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ brokers: 2 });
  await shortTerms(trial);
  const network = await TrialNetwork.start(trial.stack.urls[0] ?? '');
  try {
    const deaf = await trial.startWorker('deaf', { flags: [...nearby, '--url', network.url] });
    await trial.stack.explained(async () => {
      const acked = await trial.load.submit(plainDocument('long', 24, recorded(1)));
      while ((await trial.stack.leased(acked.id)) === 0); // each look is a round trip
      network.cut();
      await trial.startWorker('other');
      await trial.load.run({ workflows: 3 });
      await grantedAnew(trial, 'deaf');
      network.mend();
      await trial.drain();
      await heardStale('deaf', deaf);
    });
  } finally {
    await network.stop();
  }
}
