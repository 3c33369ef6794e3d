import { z } from 'zod';
import { WorkflowState } from './job.js';

/** An ended workflow as an operator of the archive sees it. Times are the database's, RFC 3339 UTC. */
export const ArchiveView = z.object({
  id: z.string(),
  name: z.string(),
  state: WorkflowState,
  runNo: z.int(),
  jobs: z.int(),
  endedAt: z.string(),
  /** When somebody ordered that it be archived; null: nobody has since it ended, or it is done. */
  orderedAt: z.string().nullable(),
  /** Null: its jobs are still there. */
  archivedAt: z.string().nullable(),
  /** Folder of its files on the servers; null: it is not archived, or none were written. */
  place: z.string().nullable(),
});
export type ArchiveView = z.infer<typeof ArchiveView>;

/** Ended workflows in the order in which they were submitted. */
export const ArchivePage = z.object({
  workflows: z.array(ArchiveView),
  /** Cursor of the next page; null: this is the last. */
  next: z.string().nullable(),
});
export type ArchivePage = z.infer<typeof ArchivePage>;

export const ArchiveQuery = z.strictObject({
  /** Those that are archived, or those that are not. */
  archived: z.enum(['true', 'false']).default('false'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** `next` of the page before. */
  cursor: z.string().max(200).optional(),
});
export type ArchiveQuery = z.infer<typeof ArchiveQuery>;

/** What became of an order to archive a workflow: a transformer carries it out. */
export const ArchiveAnswer = z.object({
  workflow: z.string(),
  state: WorkflowState,
  dryRun: z.boolean(),
  /** False: it was ordered or archived before. */
  changed: z.boolean(),
  jobs: z.int(),
  /** Null: not yet. */
  archived: z.object({ at: z.string(), place: z.string().nullable() }).nullable(),
});
export type ArchiveAnswer = z.infer<typeof ArchiveAnswer>;
