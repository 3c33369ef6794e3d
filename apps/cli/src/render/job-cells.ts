import type { JobView } from '#contracts';
import type { Cell } from './csv.js';

/** Columns of a job in CSV. New ones go to the end: programs count on the order. */
export const jobColumns: readonly string[] = [
  ...['ordinal', 'name', 'label', 'state', 'reason', 'attempt', 'exitCode', 'site', 'worker', 'startedAt', 'endedAt'],
  ...['message', 'runtimeSec', 'cpuSec', 'memoryBytes'],
];

/** One job's cells, in the order of jobColumns. */
export const jobCells = (job: JobView): Cell[] => [
  ...[job.ordinal, job.name, job.label, job.state, job.reason, job.attempt, job.exitCode, job.site, job.worker],
  ...[job.startedAt, job.endedAt, job.message, job.runtimeSec, job.cpuSec, job.memoryBytes],
];
