import { z } from 'zod';
import { Fingerprint } from './error-groups.js';
import { filterValuesMax, type JobFilter } from './job-filter.js';
import { pageLimit } from './page-query.js';
import { FailReason, JobState, WorkflowState } from './job.js';
import { PublicEventType } from './public-event.js';
import { queryCharsMax } from './query-text.js';
import { WorkerState } from './worker-api.js';

const limit = pageLimit(100);
const text = z.string().max(4_000);
/** A text in the query language; beside other conditions, which must hold too. */
const query = z.string().max(queryCharsMax).optional();

/** A parameter that may be given more than once: one of its values must hold. */
const oneOrMore = <S extends z.ZodType>(each: S) =>
  z.union([z.array(each).max(filterValuesMax), each.transform((one) => [one])]).optional();

/** GET /api/v1/workflows */
export const WorkflowQuery = z.strictObject({
  limit,
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
  /** Exactly this name. */
  name: z.string().max(4_000).optional(),
  state: WorkflowState.optional(),
  /** `name:dp2* state:failed,partial owner:ann -label:merge submitted:>=2026-11-01`: see docs/queries.md. */
  query,
});
export type WorkflowQuery = z.infer<typeof WorkflowQuery>;

/** Which jobs are meant: all conditions given must hold, each with one of its values. */
const jobConditions = {
  label: oneOrMore(text),
  reason: oneOrMore(FailReason),
  exit: oneOrMore(z.coerce.number().int().min(-32_768).max(32_767)),
  site: oneOrMore(text),
  /** Of error groups. */
  fingerprint: oneOrMore(Fingerprint),
};

/** GET /api/v1/workflows/:selector/jobs */
export const JobQuery = z.strictObject({
  limit,
  cursor: z.string().max(200).optional(),
  state: oneOrMore(JobState),
  ...jobConditions,
  /** `label:isr -site:USDF exit:1,137`: see docs/queries.md. */
  query,
});
export type JobQuery = z.infer<typeof JobQuery>;

/** GET /api/v1/workflows/:selector/jobs/:job/attempts */
export const AttemptQuery = z.strictObject({
  limit,
  /** `next` of the page before: older attempts. */
  cursor: z.string().max(200).optional(),
});
export type AttemptQuery = z.infer<typeof AttemptQuery>;

/** GET /api/v1/workflows/:selector/document */
export const DocumentQuery = z.strictObject({
  /** What stands in a job's `observed`: what was submitted there, or what this run came to so far (RunObserved). */
  observed: z.enum(['submitted', 'run']).default('submitted'),
});
export type DocumentQuery = z.infer<typeof DocumentQuery>;
/** GET /api/v1/workflows/:selector/errors */
export const ErrorQuery = z.strictObject({
  limit,
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
  ...jobConditions,
  query,
});
export type ErrorQuery = z.infer<typeof ErrorQuery>;

/** The filter that a query of jobs asks for. */
export function jobFilterOf({ label, state, reason, exit, site, fingerprint }: Partial<JobQuery>): JobFilter {
  return { labels: label, states: state, reasons: reason, exitCodes: exit, sites: site, fingerprints: fingerprint };
}

/** GET /api/v1/events */
export const EventQuery = z.strictObject({
  limit,
  /** Only of this workflow: a selector. */
  workflow: z.string().min(1).max(4_000).optional(),
  /** `next` of a page, or a time (RFC 3339): events from then on. Default: from the first. */
  from: z.string().min(1).max(1_000).optional(),
  type: oneOrMore(PublicEventType),
});
export type EventQuery = z.infer<typeof EventQuery>;

/** GET /api/v1/workers */
export const WorkerQuery = z.strictObject({
  limit,
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
  site: oneOrMore(text),
  /** Default: those whose sessions are not over. */
  state: oneOrMore(WorkerState),
});
export type WorkerQuery = z.infer<typeof WorkerQuery>;

/** PUT /api/v1/workflows/:id/chunks/:no */
export const ChunkQuery = z.strictObject({
  /** Position in the document of the chunk's first job. */
  firstOrdinal: z.coerce.number().int().min(0).max(2_147_483_647),
});
export type ChunkQuery = z.infer<typeof ChunkQuery>;
