import { setTimeout as sleep } from 'node:timers/promises';
import { until, type RunningService } from '#test-kit';
import type { Trial } from '../trial.js';

const patienceMs = 90_000;
/** What was on its way when a worker was stopped is settled by then. */
const settleMs = 500;

/** Jobs that leases of a worker hold, and those of them that nobody else was given since. */
async function jobsOf(trial: Trial, worker: string): Promise<{ held: number; untaken: number }> {
  const [row] = await trial.stack.rows<{ held: number; untaken: number }>(
    `select
      count(*) filter (where j.state = 2 and j.lease_id = l.id)::int as held,
      count(*) filter (where j.attempt = g.attempt and j.state in (1, 2))::int as untaken
    from lease l
    join session s on s.id = l.session_id and s.worker = $1
    cross join unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
    join job_state j on j.workflow_id = g.workflow_id and j.ordinal = g.ordinal`,
    [worker],
  );
  return row ?? { held: 0, untaken: 0 };
}

/** Stops a worker while it holds jobs, as a machine that sleeps. */
export async function putToSleep(trial: Trial, name: string, worker: RunningService): Promise<void> {
  await until(`${name} sleeps with jobs in its hands`, patienceMs, async () => {
    process.kill(worker.pid, 'SIGSTOP');
    await sleep(settleMs);
    const { held } = await jobsOf(trial, name);
    if (held === 0) process.kill(worker.pid, 'SIGCONT');
    return held > 0;
  });
}

/** Waits until all that a worker was given has ended or was granted anew. */
export const grantedAnew = (trial: Trial, name: string): Promise<void> =>
  until(`what ${name} held is granted anew`, patienceMs, async () => (await jobsOf(trial, name)).untaken === 0);

/** Waits until a worker heard that some of its results came too late. */
export const heardStale = (name: string, worker: RunningService): Promise<void> =>
  until(`${name} heard that it came too late`, patienceMs, () => /"stale":[1-9]/.test(worker.log));
