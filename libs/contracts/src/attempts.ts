import { z } from 'zod';
import { AttemptOutcome, FailReason, JobState } from './job.js';

/** What its space keeps of all that an attempt wrote. */
export const AttemptLogView = z.object({
  /** Of both streams, compressed. */
  bytes: z.int().min(0),
  /** The space had no room for it: nothing is kept. */
  leftOut: z.boolean(),
});
export type AttemptLogView = z.infer<typeof AttemptLogView>;

/** One try of a job. startedAt and endedAt are the worker's clock, leasedAt and settledAt the database's; RFC 3339 UTC. */
export const AttemptView = z.object({
  attempt: z.int(),
  runNo: z.int(),
  /** null: with a worker now. */
  outcome: AttemptOutcome.nullable(),
  reason: FailReason.nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  site: z.string().nullable(),
  worker: z.string().nullable(),
  leasedAt: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  settledAt: z.string().nullable(),
  cpuSec: z.number().nullable(),
  peakMemoryMib: z.number().nullable(),
  /** What it was allowed: as its template asks, or a size that was grown or learned. */
  allowedMemoryMib: z.int(),
  /** It failed and no budget paid for it: an order of an operator ended it, or a learned size was too small. */
  uncharged: z.boolean(),
  /** The end of its stderr, or what the worker said. */
  message: z.string().nullable(),
  /** What its transform returned, as JSON; null: nothing. `files` in it are those that it wrote: see OutputFiles. */
  outputs: z.unknown(),
  /** Error group; null where it did not fail. */
  fingerprint: z.string().nullable(),
  /** Where its files were, on the worker's machine: stdout, stderr, log. Workers keep those of failed attempts. */
  folder: z.string().nullable(),
  /** Its full log in the file store, compressed; left out: none was sent, or its workflow was archived. */
  log: AttemptLogView.optional(),
});
export type AttemptView = z.infer<typeof AttemptView>;

/** A page of a job's attempts, newest last; the first page holds the newest. */
export const JobAttempts = z.object({
  ordinal: z.int(),
  name: z.string(),
  label: z.string(),
  state: JobState,
  reason: FailReason.nullable(),
  attempts: z.array(AttemptView),
  /** Cursor of the page of older ones; null: there are none. */
  next: z.string().nullable(),
});
export type JobAttempts = z.infer<typeof JobAttempts>;
