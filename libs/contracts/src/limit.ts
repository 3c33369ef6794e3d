import { z } from 'zod';

/** What a limit counts: jobs whose template names it, jobs at a site, of a space, of a user. */
export const LimitKind = z.enum(['named', 'site', 'space', 'user']);
export type LimitKind = z.infer<typeof LimitKind>;

/** The caps of a limit; null: none. At most so many of its jobs are with workers at any instant. */
export const LimitCaps = z.strictObject({
  capJobs: z.int().min(0).max(1_000_000_000).nullable().default(null),
  capCores: z.number().min(0).max(1_000_000_000).nullable().default(null),
});
export type LimitCaps = z.infer<typeof LimitCaps>;

/** A limit, and what is with workers under it. */
export const LimitView = z.object({
  kind: LimitKind,
  name: z.string(),
  capJobs: z.int().nullable(),
  capCores: z.number().nullable(),
  usedJobs: z.int(),
  usedCores: z.number(),
});
export type LimitView = z.infer<typeof LimitView>;

export const LimitList = z.object({ limits: z.array(LimitView) });
export type LimitList = z.infer<typeof LimitList>;

/** Caps to be set. A dry run changes nothing and answers the same. */
export const LimitRequest = LimitCaps.extend({ dryRun: z.boolean().optional() });
export type LimitRequest = z.infer<typeof LimitRequest>;

/** A limit after it was set or before it was removed; `was` is null for a new one. */
export const LimitAnswer = z.object({ limit: LimitView, was: LimitCaps.nullable(), dryRun: z.boolean() });
export type LimitAnswer = z.infer<typeof LimitAnswer>;
