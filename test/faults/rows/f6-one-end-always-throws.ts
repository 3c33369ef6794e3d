import { until } from '#test-kit';
import type { FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';
import { putBack, setAsideAlone } from './letters.js';

const jobs = 300;
/** Promised: the rest flows within so long; a busy machine may take longer. */
const flowsSecMax = 60;

export const f6: FaultRow = {
  id: 'F6',
  title: 'the end of one job can never be applied: it is set aside alone, and the others flow',
  inCi: false,
  run,
};

async function run(trial: Trial): Promise<void> {
  await trial.start();
  const { stack, random, figures } = trial;
  const bad = random.below(jobs);
  await stack.rows(throwingTrigger(bad));
  await stack.explained(async () => {
    const acked = await trial.load.submit(plainDocument('poisoned', jobs, 'quick'));
    const startedMs = performance.now();
    await trial.startWorker('one');
    await until(
      'all others have ended',
      flowsSecMax * 1_000,
      async () => (await stack.finished(acked.id)) === jobs - 1,
    );
    figures.set('others ended after s', (performance.now() - startedMs) / 1_000);
    await setAsideAlone(trial, { ordinal: bad, reason: 'can not be applied' });
    await stack.rows('drop trigger trial_poison on attempt');
    await putBack(trial);
    await trial.drain();
    if ((await stack.finished(acked.id)) !== jobs)
      throw new Error('what was set aside did not count when it was sent again');
  });
}

/** As a bug of ours would: no fault of PostgreSQL, and none of the connection. */
const throwingTrigger = (ordinal: number): string => `
  create function trial_poison() returns trigger language plpgsql as $$
  begin
    raise exception 'this end can not be applied';
  end $$;
  create trigger trial_poison before insert on attempt for each row when (new.ordinal = ${ordinal}) execute function trial_poison()`;
