import { z } from 'zod';
import { FailReason, JobState, WorkflowState } from './job.js';

/** Most rows in one page. */
export const pageRowsMax = 1_000;

const limit = z.coerce.number().int().min(1).max(pageRowsMax).default(100);

/** GET /api/v1/workflows */
export const WorkflowQuery = z.strictObject({
  limit,
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
  /** Exactly this name. */
  name: z.string().max(4_000).optional(),
  state: WorkflowState.optional(),
});
export type WorkflowQuery = z.infer<typeof WorkflowQuery>;

/** GET /api/v1/workflows/:selector/jobs. All conditions given must hold. */
export const JobQuery = z.strictObject({
  limit,
  cursor: z.string().max(200).optional(),
  label: z.string().max(4_000).optional(),
  state: JobState.optional(),
  reason: FailReason.optional(),
});
export type JobQuery = z.infer<typeof JobQuery>;

/** GET /api/v1/workflows/:selector/document */
export const DocumentQuery = z.strictObject({
  /** What stands in a job's `observed`: what was submitted there, or what this run came to so far (RunObserved). */
  observed: z.enum(['submitted', 'run']).default('submitted'),
});
export type DocumentQuery = z.infer<typeof DocumentQuery>;

/** PUT /api/v1/workflows/:id/chunks/:no */
export const ChunkQuery = z.strictObject({
  /** Position in the document of the chunk's first job. */
  firstOrdinal: z.coerce.number().int().min(0).max(2_147_483_647),
});
export type ChunkQuery = z.infer<typeof ChunkQuery>;
