import type { AttemptView, JobAttempts } from '#contracts';
import type { AttemptRow, FailureStore } from '../ports/failure-store.js';
import type { KeptLog, LogLedger } from '../ports/log-ledger.js';
import type { ReadStore } from '../ports/read-store.js';
import { ordinalOf } from './explain-job.js';

/**
 * What is known of each attempt of a job.
 * @param workflow its number, and its public id as workers name folders after it.
 * @param page `before`: only older ones than this attempt
 * @returns the newest attempts, newest last; null for an unknown job.
 */
export async function listAttempts(
  stores: { reads: ReadStore; failures: FailureStore; logs: Pick<LogLedger, 'ofJob'> | null },
  workflow: { workflowNo: string; id: string },
  named: string,
  page: { before?: number | undefined; rows: number },
): Promise<JobAttempts | null> {
  const { workflowNo, id } = workflow;
  const ordinal = await ordinalOf(stores.reads, { workflowNo, named });
  const job = ordinal === null ? null : await stores.reads.job(workflowNo, ordinal);
  if (ordinal === null || job === null) return null;
  const rows = await stores.failures.attempts({ workflowNo, ordinal, ...page });
  const { name, label, state, reason } = job;
  const logs = new Map((await stores.logs?.ofJob(workflowNo, ordinal))?.map((log) => [log.attempt, log]));
  const attempts = rows.map(({ workDir, ...attempt }) => ({
    ...attempt,
    folder: folderOf(workDir, id, ordinal, attempt),
    ...logOf(logs.get(attempt.attempt)),
  }));
  const oldest = attempts.length < page.rows ? undefined : attempts[0];
  return { ordinal, name, label, state, reason, attempts, next: oldest ? String(oldest.attempt) : null };
}

function logOf(log: KeptLog | undefined): Pick<AttemptView, 'log'> {
  return log === undefined ? {} : { log: { bytes: log.bytes, leftOut: log.leftOut } };
}

/** @see libs/worker/src/work-folders.ts, which makes them */
function folderOf(
  workDir: string | null,
  workflow: string,
  ordinal: number,
  { attempt, startedAt, outcome }: Omit<AttemptRow, 'workDir'>,
): string | null {
  if (workDir === null || (outcome !== null && startedAt === null)) return null;
  return `${workDir}/attempts/${workflow}/${ordinal}.${attempt}`;
}
