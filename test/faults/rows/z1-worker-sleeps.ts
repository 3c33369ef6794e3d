import type { FaultRow } from '../fault-row.js';
import { plainDocument, recorded } from '../trial-document.js';
import type { Trial } from '../trial.js';
import { nearby, shortTerms } from './lost-workers.js';
import { grantedAnew, heardStale, putToSleep } from './sleepers.js';

export const z1: FaultRow = {
  id: 'Z1',
  title: 'a worker sleeps past both terms, and wakes when its jobs were granted anew',
  inCi: true,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ brokers: 2 });
  await shortTerms(trial);
  const sleeper = await trial.startWorker('sleeper', { flags: nearby });
  await trial.stack.explained(async () => {
    await trial.load.submit(plainDocument('long', 12, recorded(1)));
    await putToSleep(trial, 'sleeper', sleeper);
    await trial.startWorker('other');
    await trial.load.run({ workflows: 3 });
    await grantedAnew(trial, 'sleeper');
    process.kill(sleeper.pid, 'SIGCONT');
    await trial.drain();
    await heardStale('sleeper', sleeper);
    await trial.load.submit(plainDocument('afterwards', 20, 'quick'));
    await trial.drain();
  });
}
