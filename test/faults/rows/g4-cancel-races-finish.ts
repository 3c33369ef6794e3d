import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';

const pairs = 1_000;
const jitterMs = 10;

export const g4: FaultRow = {
  id: 'G4',
  title: `${pairs} jobs are cancelled one by one as they end`,
  inCi: false,
  run,
};

/** Jobs go to the worker in the order of the document: each is cancelled at about the time at which it is run. */
async function run(trial: Trial): Promise<void> {
  await trial.start();
  const nap = { transform: 'simulate', params: { runtimeSec: 0.02 }, resources: { cores: 1, memoryMib: 1 } };
  const client = trial.stack.client();
  await trial.stack.explained(async () => {
    const acked = await trial.load.submit(plainDocument('raced', pairs, nap));
    acked.cancelled = true; // which of the two came first is not known before
    await trial.startWorker('racer');
    for (let no = 0; no < pairs;) {
      const ahead = (await trial.stack.finished(acked.id)) + trial.random.below(8);
      no = Math.max(no, ahead);
      await Promise.all(
        Array.from({ length: 4 }, async (_, place) => {
          await sleep(trial.random.below(jitterMs));
          if (no + place < pairs) await client.cancel(acked.id, { jobs: [`job_${no + place}`] });
        }),
      );
      no += 4;
    }
    await client.close();
    await trial.drain();
    const [row] = await trial.stack.rows<{ finished: number; cancelled: number; others: number }>(
      `select count(*) filter (where state = 3)::int as finished, count(*) filter (where reason = 4)::int as cancelled,
        count(*) filter (where state <> 3 and reason <> 4)::int as others from job_state`,
    );
    for (const [what, count] of Object.entries(row ?? {})) trial.figures.set(what, count);
    if (!row || row.finished === 0 || row.cancelled === 0 || row.others > 0)
      throw new Error(`no race: ${JSON.stringify(row)}`);
  });
}
