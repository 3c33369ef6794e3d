import { rowsOf, type Queryable } from './invariants.js';
import type { OutsideFault } from './outside-fault.js';

/** A submit that was answered: what the driver of the load was told. */
export interface DriverCall {
  /** Idempotency-Key, if it sent one. */
  key: string | null;
  /** Public id of the workflow. */
  workflow: string;
  /** Jobs, the final one included. */
  jobs: number;
}

/** I1: what was acknowledged is there, with all of its jobs. I23: the same key gave the same workflow, and no other has it. */
export async function driverFaults(pool: Queryable, calls: readonly DriverCall[]): Promise<OutsideFault[]> {
  const faults: OutsideFault[] = [];
  const known = await rowsOf<[id: string, jobs: number, key: string | null]>(
    pool,
    'select public_id, job_count, idempotency_key from workflow where public_id = any ($1) or idempotency_key = any ($2)',
    [calls.map(({ workflow }) => workflow), calls.flatMap(({ key }) => key ?? [])],
  );
  const jobs = new Map(known.map(([id, count]) => [id, count]));
  for (const call of calls) {
    const count = jobs.get(call.workflow);
    if (count !== call.jobs)
      faults.push({
        id: 'I1',
        wrong: `${call.workflow} was accepted with ${call.jobs} jobs, ${count ?? 'none'} are there`,
      });
  }
  const byKey = new Map<string, Set<string>>();
  const note = (key: string, workflow: string): void =>
    void byKey.set(key, (byKey.get(key) ?? new Set()).add(workflow));
  for (const { key, workflow } of calls) if (key !== null) note(key, workflow);
  for (const [id, , key] of known) if (key !== null) note(key, id);
  for (const [key, workflows] of byKey)
    if (workflows.size > 1) faults.push({ id: 'I23', wrong: `key ${key} stands for ${[...workflows].join(' and ')}` });
  return faults;
}
