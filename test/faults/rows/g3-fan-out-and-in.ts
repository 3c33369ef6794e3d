import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRow } from '../fault-row.js';
import { fanDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';

const width = 100_000;
const lookMs = 250;
/** Nobody may wait for a lock for so long; a busy machine needs its time. */
const lockSecMax = 5;

export const g3: FaultRow = {
  id: 'G3',
  title: `${width} jobs wait for one, and one for all of them`,
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start({ transformers: 2, brokers: 2 });
  await trial.stack.explained(async () => {
    await trial.load.submit(fanDocument('fan', width));
    const startedMs = performance.now();
    await Promise.all(['one', 'two'].map((name) => trial.startWorker(name)));
    const drained = trial.drain();
    const lockSec = await longestLockWait(trial, drained);
    trial.figures.set('run s', (performance.now() - startedMs) / 1_000);
    trial.figures.set('longest wait for a row s', lockSec);
    if (lockSec > lockSecMax) throw new Error(`a row was waited for ${lockSec.toFixed(1)} s`);
  });
}

/** Looks until `over`. Advisory locks are left out: who waits for a partition waits for its owner. */
async function longestLockWait(trial: Trial, over: Promise<void>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const end = over.finally(() => (isOver = true));
  end.catch(() => undefined); // it is thrown below
  while (!isOver) {
    const [row] = await trial.stack.rows<{ sec: number }>(
      `select coalesce(max(extract(epoch from now() - query_start)), 0)::float8 as sec from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and wait_event <> 'advisory'`,
    );
    longest = Math.max(longest, row?.sec ?? 0);
    await sleep(lookMs);
  }
  await end;
  return longest;
}
