import type { CheckedJob } from '#core';
import type { DocumentError } from '#contracts';
import type { JobContext } from './checked-header.js';
import { JobChecker } from './job-checker.js';

const finalPlace = '/final/job';
/** Fields of a job that mean nothing for the one that runs after all others. */
const withoutMeaning = ['after', 'in', 'kind', 'blocking'];

/** Checks the job that runs when all others have ended. Its name is `final` unless it says otherwise. */
export function checkFinal(
  written: Readonly<Record<string, unknown>>,
  context: JobContext,
): { job: CheckedJob } | { errors: DocumentError[] } {
  const errors = withoutMeaning.filter((field) => Object.hasOwn(written, field)).map(meaningless);
  if (errors.length > 0) return { errors };
  const job = new JobChecker(context).check({ name: 'final', ...written }, finalPlace);
  return Array.isArray(job) ? { errors: job } : { job };
}

const meaningless = (field: string): DocumentError => ({
  code: 'UNKNOWN_FIELD',
  where: `${finalPlace}/${field}`,
  message: `${field} is not a field of the final job: it runs once all other jobs have ended`,
  remedy: 'Take it away.',
});
