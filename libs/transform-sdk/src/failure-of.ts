import { isNativeError } from 'node:util/types';
import type { z } from 'zod';
import { messageCharsMax } from '#contracts';
import { JobFailure } from './job-failure.js';

/** @returns what is thrown as the failure that is reported; the message is cut to its last 4,000 characters. */
export function failureOf(thrown: unknown): JobFailure {
  const failure = thrown instanceof JobFailure ? thrown : fromAnother(thrown);
  if (failure.message.length > messageCharsMax) failure.message = failure.message.slice(-messageCharsMax);
  return failure;
}

/** Why a job's params are refused: reason `rejected`, with the path of the first few faults. */
export function paramsFault(transform: string, error: z.ZodError): JobFailure {
  const faults = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || '(whole)'}: ${issue.message}`);
  return new JobFailure({
    reason: 'rejected',
    message: `params do not fit transform ${transform}: ${faults.join('; ')}. Mend \`params\` in the workflow document.`,
    cause: error,
  });
}

/** A JobFailure of another copy of this module is known by its name, since `instanceof` fails across copies. */
function fromAnother(thrown: unknown): JobFailure {
  if (!isNativeError(thrown)) return new JobFailure({ message: String(thrown), cause: thrown });
  const facts = thrown.name.startsWith('Job') ? (thrown as Partial<JobFailure>) : {};
  const message = facts.reason === undefined ? (thrown.stack ?? thrown.message) : thrown.message;
  return new JobFailure({
    message,
    reason: facts.reason,
    exitCode: facts.exitCode,
    signal: facts.signal,
    cause: thrown,
  });
}
