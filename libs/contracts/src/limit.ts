import { z } from 'zod';
import { coresLimits } from './document.js';

/** What a limit counts: jobs whose template names it, jobs at a site, of a space, of a user, of a workflow (its policy's parallelism). */
export const LimitKind = z.enum(['named', 'site', 'space', 'user', 'workflow']);
export type LimitKind = z.infer<typeof LimitKind>;

/** Cores are counted in thousandths: less than one would be no core at all. */
const isCap = (cores: number): boolean => cores === 0 || cores >= coresLimits.min;
const leastCap = `expected 0, or at least ${coresLimits.min} cores`;

/** The caps of a limit; null: none. At most so many of its jobs, and so many cores of them, are with workers at any instant. */
export const LimitCaps = z.strictObject({
  capJobs: z.int().min(0).max(1_000_000_000).nullable(),
  capCores: z.number().min(0).max(1_000_000_000).refine(isCap, leastCap).nullable(),
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

/** By kind and name. */
export const LimitList = z.object({
  limits: z.array(LimitView),
  /** Cursor of the next page; null: this is the last. */
  next: z.string().nullable(),
});
export type LimitList = z.infer<typeof LimitList>;

/** Caps to be set; one that is left out stays as it is, and is none for a new limit. A dry run changes nothing. */
export const LimitRequest = LimitCaps.partial().extend({ dryRun: z.boolean().optional() });
export type LimitRequest = z.infer<typeof LimitRequest>;

/** A limit after it was set or before it was removed; `was` is null for a new one. A quota may have set more than an order can. */
export const LimitAnswer = z.object({
  limit: LimitView,
  was: LimitView.pick({ capJobs: true, capCores: true }).nullable(),
  dryRun: z.boolean(),
});
export type LimitAnswer = z.infer<typeof LimitAnswer>;

/** Name of a limit, a site, a space or a user, as an address carries it. */
export const LimitRef = z.object({
  kind: LimitKind,
  name: z
    .string()
    .min(1)
    .max(4_000)
    .regex(/^[^\p{Cc}]+$/u),
});

export const LimitRemoveQuery = z.object({ dryRun: z.enum(['true', 'false']).optional() });
