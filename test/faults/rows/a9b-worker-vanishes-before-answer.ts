import { BareSession } from '../bare-session.js';
import type { FaultRow } from '../fault-row.js';
import { plainDocument } from '../trial-document.js';
import type { Trial } from '../trial.js';
import { shortTerms } from './lost-workers.js';

const jobs = 6;

export const a9b: FaultRow = {
  id: 'A9b',
  title: 'a broker dies between granting and answering, and the worker is gone: leased again, as the next attempt',
  inCi: false,
  points: ['broker.afterLeaseBeforeReply'],
  run,
};

async function run(trial: Trial): Promise<void> {
  const fault = 'broker.afterLeaseBeforeReply:1:kill';
  await trial.start({ brokers: 2, faults: { 'broker-1': fault, 'broker-2': fault } });
  await shortTerms(trial);
  await trial.stack.explained(async () => {
    const vanishing = await BareSession.register(trial.stack, 'vanishing', 'near');
    const once = { transform: 'noop', resources: { cores: 1, memoryMib: 1 }, retry: { retries: 0, infraRetries: 1 } };
    const asked = vanishing.lease().then(
      () => 'answered',
      () => 'gone',
    );
    const { id } = await trial.load.submit(plainDocument('granted', jobs, once));
    await trial.faultAt('broker.afterLeaseBeforeReply');
    vanishing.vanish();
    if ((await asked) === 'answered') throw new Error('the worker was answered: the row tried nothing');
    await trial.startWorker('other');
    await trial.drain();
    await grantedOnceMore(trial, id);
  });
}

/** Of the one job that was granted to nobody the first attempt never started; nobody knows that, so it costs one try. */
async function grantedOnceMore({ stack }: Trial, id: string): Promise<void> {
  const [row] = await stack.rows<{ finished: number; lost: number; again: number }>(
    `select
      count(*) filter (where a.outcome = 3)::int as finished,
      count(*) filter (where a.attempt = 1 and a.reason = 6 and a.started_at is null)::int as lost,
      count(*) filter (where a.attempt = 2 and a.outcome = 3)::int as again
    from attempt a join workflow w on w.id = a.workflow_id where w.public_id = $1`,
    [id],
  );
  const wanted = { finished: jobs, lost: 1, again: 1 };
  if (JSON.stringify(row) !== JSON.stringify(wanted))
    throw new Error(`attempts are ${JSON.stringify(row)}, not ${JSON.stringify(wanted)}`);
}
