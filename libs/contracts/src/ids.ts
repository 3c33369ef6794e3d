import { z } from 'zod';

/** Public id of a workflow: `w-` and 10 base32 characters, so that a prefix selects it. */
export const WorkflowId = z.string().regex(/^w-[a-z2-7]{10}$/);
export type WorkflowId = z.infer<typeof WorkflowId>;

/**
 * A job's identity on the wire between our processes and workers: `<workflow number>:<ordinal>`.
 * The ordinal is the job's position in its document, from 0.
 */
export const JobId = z.string().regex(/^\d{1,19}:\d{1,10}$/);
export type JobId = z.infer<typeof JobId>;

export const jobId = (workflowNo: string, ordinal: number): JobId => `${workflowNo}:${ordinal}`;

/** @returns [workflow number as text (a bigint), ordinal] */
export function splitJobId(id: JobId): [string, number] {
  const colon = id.indexOf(':');
  return [id.slice(0, colon), Number(id.slice(colon + 1))];
}

/** Work of the transformer is split by workflow into this many partitions; each has one active owner. */
export const partitionCount = 16;

/** The partition of a workflow. Also in SQL: `workflow.partition`, set once when the row is made. */
export const partitionOf = (workflowNo: string): number => Number(BigInt(workflowNo) % BigInt(partitionCount));
