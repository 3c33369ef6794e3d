import { z } from 'zod';

/**
 * `live`: heard of. `suspect`: silent, gets no new leases. `draining`: ends by itself. `ended`: a clean exit, or a process
 * known to be gone. `lost`: silent for so long that it was given up.
 */
export const WorkerState = z.enum(['live', 'suspect', 'draining', 'ended', 'lost']);
export type WorkerState = z.infer<typeof WorkerState>;

/** States of a session that is not over. */
export const workerStatesOpen: readonly WorkerState[] = ['live', 'suspect', 'draining'];

/** A session as people see it. Times are the database's, RFC 3339 UTC. */
export const WorkerView = z.object({
  session: z.string(),
  site: z.string(),
  worker: z.string(),
  state: WorkerState,
  cores: z.int(),
  memoryMib: z.int(),
  gpus: z.int(),
  diskMib: z.int().nullable(),
  tags: z.record(z.string(), z.string()),
  features: z.array(z.string()),
  transforms: z.array(z.string()),
  workDir: z.string().nullable(),
  /** Attempts that it holds. */
  leased: z.int(),
  /** Null: no end. */
  walltimeLeftSec: z.int().nullable(),
  /** Since its last sign of life. */
  silentSec: z.int(),
  registeredAt: z.string(),
  endedAt: z.string().nullable(),
  /** What it was told to do: null, nothing. */
  ordered: z.enum(['drain', 'stop']).nullable(),
  note: z.string(),
  orderedBy: z.string(),
  orderedAt: z.string().nullable(),
});
export type WorkerView = z.infer<typeof WorkerView>;

/** In the order in which they registered. */
export const WorkerPage = z.object({ workers: z.array(WorkerView), next: z.string().nullable() });
export type WorkerPage = z.infer<typeof WorkerPage>;

/** `changed` false: it was so before, or its session is over. */
export const WorkerAnswer = z.object({ dryRun: z.boolean(), changed: z.boolean(), worker: WorkerView });
export type WorkerAnswer = z.infer<typeof WorkerAnswer>;
