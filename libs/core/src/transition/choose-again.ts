/** Owns which jobs of an ended workflow run again when a user retries some of them. */
import { hasEnded } from './job-transition.js';
import type { MachineJob } from './machine-job.js';

/**
 * What runs again:
 * - wanted failed jobs, unless a success parent failed and does not run again;
 * - pruned jobs all of whose failed success parents run again;
 * - `on: ended` children, ended by themselves, of what runs again, and theirs in turn: they run whenever a parent ends; a
 *   barrier that runs again hands this on over its success edges too, since it only stands for edges.
 * The final job runs again besides, whenever anything does.
 * @param wanted positions of jobs that failed by themselves.
 */
export function chooseAgain(jobs: readonly MachineJob[], wanted: ReadonlySet<number>): Set<number> {
  const after = new Set<number>();
  let runs = below(jobs, wanted, after);
  for (let size = -1; size !== after.size;) {
    size = after.size;
    jobs.forEach((job, ordinal) => {
      if (hasEnded(job.place) && job.reason !== 'parent_failed' && followsAnother(jobs, job, { runs, after }))
        after.add(ordinal);
    });
    runs = below(jobs, wanted, after);
  }
  return runs;
}

/** `after`, the wanted, and the pruned jobs whose failed success parents all run. */
function below(jobs: readonly MachineJob[], wanted: ReadonlySet<number>, after: ReadonlySet<number>): Set<number> {
  const runs = new Set(after);
  for (let size = -1; size !== runs.size;) {
    size = runs.size;
    jobs.forEach((job, ordinal) => {
      const failed = job.success.filter((parent) => jobs[parent]?.place === 'failed');
      const meant = wanted.has(ordinal) || (isPruned(job) && failed.length > 0);
      if (meant && failed.every((parent) => runs.has(parent))) runs.add(ordinal);
    });
  }
  return runs;
}

function followsAnother(
  jobs: readonly MachineJob[],
  { success, ended }: MachineJob,
  { runs, after }: { runs: ReadonlySet<number>; after: ReadonlySet<number> },
): boolean {
  const handsOn = (parent: number): boolean => after.has(parent) && jobs[parent]?.kind === 'barrier';
  return ended.some((parent) => runs.has(parent)) || success.some(handsOn);
}

const isPruned = (job: MachineJob): boolean => job.reason === 'parent_failed' && job.kind !== 'final';
