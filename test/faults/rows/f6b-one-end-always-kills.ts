import { until } from '#test-kit';
import type { FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';
import { putBack, setAsideAlone } from './letters.js';

const jobs = 300;
/** Jobs of the other workflows have smaller numbers. */
const othersJobsMax = 40;
/** Promised: the rest flows within so long; a busy machine may take twice as long, the figure is printed. */
const flowsSecMax = 60;
/**
 * Three deaths make a report doubtful; then one with it whole, one with a part of it, two with the end alone. A copy, sent by a
 * worker that had no answer, may cost each process one more.
 */
const deathsMax = 3 + 4 + 2;
const transformers = ['transformer-1', 'transformer-2'];

export const f6b: FaultRow = {
  id: 'F6b',
  title: 'the end of one job kills whoever settles it: it is set aside alone, and the others flow',
  inCi: false,
  points: ['apply.midBatch'],
  run,
};

async function run(trial: Trial): Promise<void> {
  const bad = trial.random.between(othersJobsMax, jobs - 1);
  const fault = `apply.midBatch:#${bad}:kill`;
  await trial.start({
    transformers: transformers.length,
    lastingFaults: Object.fromEntries(transformers.map((name) => [name, fault])),
  });
  const { stack, figures } = trial;
  await stack.explained(async () => {
    const acked = await trial.load.submit(plainDocument('poisoned', jobs, 'quick'));
    const startedMs = performance.now();
    await trial.startWorker('one');
    await trial.load.run({ jobsMax: othersJobsMax });
    await until(
      'all others have ended',
      flowsSecMax * 2 * 1_000,
      async () => (await stack.finished(acked.id)) === jobs - 1,
    );
    figures.set('others ended after s', (performance.now() - startedMs) / 1_000);
    await setAsideAlone(trial, { ordinal: bad, reason: 'killed its process' });
    figures.set('set aside after s', (performance.now() - startedMs) / 1_000);
    const deaths = trial.faultsSeen.length;
    figures.set('deaths', deaths);
    if (deaths > deathsMax) throw new Error(`${deaths} processes died until it was set aside`);
    await trial.heal(transformers);
    await putBack(trial);
    await trial.drain();
    if ((await stack.finished(acked.id)) !== jobs)
      throw new Error('what was set aside did not count when it was sent again');
  });
}
