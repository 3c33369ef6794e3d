import { z } from 'zod';

/** Whose quota it is. */
export const QuotaKind = z.enum(['space', 'user']);
export type QuotaKind = z.infer<typeof QuotaKind>;

/** What a space or user may keep and have open; null: no cap of its own. */
export const QuotaView = z.object({
  kind: QuotaKind,
  /** Of a user; empty for a space. */
  issuer: z.string(),
  name: z.string(),
  capFileBytes: z.int().nullable(),
  /** Jobs that were submitted and have not ended. */
  capQueuedJobs: z.int().nullable(),
  /** Cores of its jobs with workers: the cap of the limit of this space or user. */
  capRunningCores: z.number().nullish(),
  /** Kept, and on their way. */
  files: z.int(),
  fileBytes: z.int(),
});
export type QuotaView = z.infer<typeof QuotaView>;

/** Spaces and users that have a cap. A space's are set with the space. `next`: cursor of the page behind it; null: there is none. */
export const QuotaList = z.object({ quotas: z.array(QuotaView), next: z.string().nullish() });
export type QuotaList = z.infer<typeof QuotaList>;

/** Caps to be set; one that is left out stays, null takes it away. */
export const QuotaRequest = z.strictObject({
  /** Of a user; left out: the users of the stack's own token. */
  issuer: z.string().min(1).max(4_000).optional(),
  capFileBytes: z.int().min(0).nullable().optional(),
  capQueuedJobs: z.int().min(0).max(2_000_000_000).nullable().optional(),
  capRunningCores: z.int().min(0).max(2_000_000_000).nullable().optional(),
});
export type QuotaRequest = z.infer<typeof QuotaRequest>;

/** Of which user, as an address says it. */
export const QuotaRef = z.object({
  name: z
    .string()
    .min(1)
    .max(4_000)
    .regex(/^[^\p{Cc}]+$/u),
});
