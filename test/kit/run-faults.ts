import { rowsOf, type Queryable } from './invariants.js';
import type { OutsideFault } from './outside-fault.js';
import { executionFaults, executionsOf, type WorkLine } from './work-record.js';

/**
 * Holds what programs of jobs wrote against the books. I24: no attempt ran twice. I25: a job ran no more often than it has
 * attempts, and each attempt that ran but is not the last has an end that says why it was not the last.
 */
export async function runFaults(pool: Queryable, lines: readonly WorkLine[]): Promise<OutsideFault[]> {
  const faults = executionFaults(lines).map((wrong): OutsideFault => ({
    id: 'I24',
    wrong: wrong.replace(/^I24: /, ''),
  }));
  const known = await rowsOf(
    pool,
    `select w.public_id || ':' || s.ordinal, s.attempt, coalesce(a.finished, '{}')
     from job_state s
     join workflow w on w.id = s.workflow_id
     left join lateral (
       select array_agg(t.attempt) as finished
       from attempt t
       where t.workflow_id = s.workflow_id and t.ordinal = s.ordinal and t.outcome = 3
     ) a on true
     where w.public_id = any ($1)`,
    [[...new Set(lines.flatMap(({ workflow }) => workflow ?? []))]],
  );
  const jobs = new Map(known.map(([job, attempt, finished]) => [job, { attempt, finished: finished as number[] }]));
  for (const { workflow, ordinal, attempt, worker } of executionsOf(lines)) {
    if (workflow === undefined) continue;
    const job = jobs.get(`${workflow}:${ordinal}`);
    const run = `attempt ${attempt} of ${workflow} ${ordinal} ran at ${worker}`;
    if (!job || attempt > Number(job.attempt)) faults.push({ id: 'I25', wrong: `${run}, and was never granted` });
    else if (job.finished.some((finished) => finished < attempt) && job.finished.every((each) => each !== attempt))
      faults.push({ id: 'I25', wrong: `${run}, after an earlier one had finished` });
  }
  return faults;
}
