import { z } from 'zod';

/** States of a job. `finished` and `failed` are ends. */
export const jobStates = ['waiting', 'ready', 'leased', 'finished', 'failed'] as const;
export const JobState = z.enum(jobStates);
export type JobState = z.infer<typeof JobState>;

/** Why a job failed. Closed list; see docs/glossary.md. */
export const failReasons = [
  'error',
  'timeout',
  'memory',
  'cancelled',
  'parent_failed',
  'lost',
  'evicted',
  'site',
  'rejected',
] as const;
export const FailReason = z.enum(failReasons);
export type FailReason = z.infer<typeof FailReason>;

/** Outcomes of one attempt. `returned`: given back by the worker before it started, charged to nobody. */
export const attemptOutcomes = ['finished', 'failed', 'returned'] as const;
export const AttemptOutcome = z.enum(attemptOutcomes);
export type AttemptOutcome = z.infer<typeof AttemptOutcome>;

/** States of a workflow; the last four are ends. `partial`: some jobs finished and some failed. */
export const workflowStates = ['uploading', 'running', 'paused', 'done', 'partial', 'failed', 'cancelled'] as const;
export const WorkflowState = z.enum(workflowStates);
export type WorkflowState = z.infer<typeof WorkflowState>;

export const workflowEnds: readonly WorkflowState[] = ['done', 'partial', 'failed', 'cancelled'];

/** Counts of jobs by state. total = waiting + ready + leased + finished + failed, always. */
export const Counts = z.object({
  total: z.int().min(0),
  waiting: z.int().min(0),
  ready: z.int().min(0),
  leased: z.int().min(0),
  finished: z.int().min(0),
  failed: z.int().min(0),
});
export type Counts = z.infer<typeof Counts>;

/** Number of failed jobs by reason; reasons without jobs are left out. */
export const FailedBy = z.partialRecord(FailReason, z.int().min(1));
export type FailedBy = z.infer<typeof FailedBy>;
