import { z } from 'zod';
import { FailReason, WorkflowState } from './job.js';

/** Jobs of one outbox row. */
export const outboxJobsMax = 5_000;

/** What ended for good in one settle, one workflow: ordinals by label. */
export const JobsEnded = z.object({
  tasks: z.array(
    z.object({
      label: z.string(),
      finished: z.array(z.int()),
      failed: z.array(z.object({ reason: FailReason, ordinals: z.array(z.int()) })),
    }),
  ),
});
export type JobsEnded = z.infer<typeof JobsEnded>;

export const TaskEnded = z.object({ label: z.string(), state: WorkflowState });
export const WorkflowEnded = z.object({ state: WorkflowState });
export const WorkflowReopened = z.object({ runNo: z.int() });

export const publicEventTypes = [
  'org.sluice.jobs.ended.v1',
  'org.sluice.task.ended.v1',
  'org.sluice.workflow.ended.v1',
  'org.sluice.workflow.reopened.v1',
] as const;
export const PublicEventType = z.enum(publicEventTypes);
export type PublicEventType = z.infer<typeof PublicEventType>;

/** A CloudEvent 1.0. `id` = `<partition>.<seq>`: gap-free within a partition. */
export const PublicEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  type: PublicEventType,
  source: z.string(),
  /** The workflow's public id. */
  subject: z.string(),
  time: z.string(),
  runno: z.int(),
  seq: z.int(),
  data: z.unknown(),
});
export type PublicEvent = z.infer<typeof PublicEvent>;

/** One message of stream EVENT: CloudEvents in a batch (application/cloudevents-batch+json). */
export const PublicEventMessage = z.array(PublicEvent);
