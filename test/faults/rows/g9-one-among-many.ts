import { until } from '#test-kit';
import type { FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';

const many = 20_000;
/** A round for who asks next; a worker asks when its short jobs are done. */
const leasedSecMax = 15;

export const g9: FaultRow = {
  id: 'G9',
  title: `one user has ${many} jobs ready, another sends one`,
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start();
  const nap = { transform: 'simulate', params: { runtimeSec: 0.01 }, resources: { cores: 1, memoryMib: 1 } };
  await trial.stack.explained(async () => {
    const crowd = await trial.load.submit(plainDocument('crowd', many, nap), { owner: 'ann' });
    await trial.startWorker('busy');
    await until('the first user is served', 60_000, async () => (await trial.stack.finished(crowd.id)) > 200);
    const one = await trial.load.submit(plainDocument('one', 1, 'quick'), { owner: 'bob' });
    await until('the second user is served', 60_000, async () => (await trial.stack.finished(one.id)) === 1);
    const [row] = await trial.stack.rows<{ sec: number }>(
      `select extract(epoch from a.leased_at - w.submitted_at)::float8 as sec
        from attempt a join workflow w on w.id = a.workflow_id where w.public_id = $1`,
      [one.id],
    );
    const sec = row?.sec ?? Infinity;
    trial.figures.set('leased after s', sec);
    if (sec > leasedSecMax) throw new Error(`one job among ${many} was leased after ${sec.toFixed(1)} s`);
    await trial.load.cancel(crowd);
    await trial.drain();
  });
}
