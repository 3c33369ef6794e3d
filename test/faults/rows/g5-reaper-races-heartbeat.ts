import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#test-kit';
import type { FaultRow } from '../fault-row.js';
import { plainDocument, recorded } from '../trial-document.js';
import type { Trial } from '../trial.js';
import { nearby, shortTerms, terms } from './lost-workers.js';
import { putToSleep } from './sleepers.js';

const rounds = 4;
/** The reaper looks every 2 s, so a worker is given up so long after its term. */
const edgeMs = 2_500;

export const g5: FaultRow = {
  id: 'G5',
  title: 'a worker wakes just when it is given up; a retry races a late success',
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ brokers: 2 });
  await shortTerms(trial);
  const sleeper = await trial.startWorker('sleeper', { flags: nearby });
  await trial.startWorker('other');
  await trial.stack.explained(async () => {
    for (let round = 0; round < rounds; round += 1) {
      await trial.load.submit(plainDocument(`edge-${round}`, 60, recorded(1)));
      await putToSleep(trial, 'sleeper', sleeper);
      await sleep(terms.orphanSec * 1_000 + trial.random.below(edgeMs));
      process.kill(sleeper.pid, 'SIGCONT');
      await trial.drain();
    }
    await retryRacesLateSuccess(trial);
  });
}

/** Its loss ends the job for good; then a user retries it in the moment in which its first copy's success comes. */
async function retryRacesLateSuccess(trial: Trial): Promise<void> {
  const here = { ...recorded(1), placement: { tags: { alone: 'yes' } }, retry: { infraRetries: 0 } };
  const alone = await trial.startWorker('alone', { flags: [...nearby, '--tags', 'alone=yes'] });
  const acked = await trial.load.submit(plainDocument('retried', 4, here));
  await putToSleep(trial, 'alone', alone);
  await until('it failed for good', 90_000, async () => (await trial.stack.books(acked.id)).state !== 'running');
  process.kill(alone.pid, 'SIGCONT');
  await sleep(trial.random.below(200));
  const client = trial.stack.client();
  await client.retry(acked.id, { reasons: ['lost'] });
  await client.close();
  await trial.drain();
}
