import { z } from 'zod';
import { WholePageQuery } from './page-query.js';

/** Shares in one file or order. */
export const sharesMax = 10_000;

/** Names from the top, `/` between them. A leaf is the path of its node and the user's subject: `rubin/dm/alice`. */
export const SharePath = z
  .string()
  .min(1)
  .max(2_000)
  .regex(
    /^(?:[\p{L}\p{N}._@+~%-]+\/)*[\p{L}\p{N}._@+~%-]+$/u,
    'names of letters, digits and . _ @ + ~ - with / between them; other characters percent-encoded',
  )
  .refine((path) => path.split('/').length <= 16, 'at most 16 names')
  .describe(
    'at most 16 names of letters, digits and . _ @ + ~ - with / between them; other characters percent-encoded',
  );

const CoreHours = z.number().min(0).max(1e12);

/** What people say of an allocation: core hours for a share and all that is below it, together. */
export const AllocationSettings = z.strictObject({
  coreHours: CoreHours,
  /** Null: one period without end. A period begins when the allocation is made, and then again and again. */
  periodDays: z.number().min(0.001).max(36_500).nullable().default(null),
  /** Once it is used up: true, nothing more is granted; false, only what nobody else wants. */
  strict: z.boolean().default(true),
});
export type AllocationSettings = z.infer<typeof AllocationSettings>;

/** What is left out stays as it is; of a new share it is weight 1, no space and no allocation. */
export const ShareEntry = z.strictObject({
  path: SharePath,
  /** Against its siblings: twice the weight is twice the part, while both have work. */
  weight: z.number().min(0.001).max(1_000_000).optional(),
  /** Users of these spaces get their leaves here, from their next workflow on. */
  spaces: z.array(z.string().max(1_000)).max(1_000).optional(),
  /** Null takes it away. */
  allocation: AllocationSettings.nullable().optional(),
});
export type ShareEntry = z.infer<typeof ShareEntry>;

/** Shares that the file does not name are left as they are. */
export const SharesFile = z.strictObject({
  /** After so long half of all use is forgiven. */
  halfLifeHours: z.number().min(0.001).max(1_000_000).optional(),
  shares: z.array(ShareEntry).max(sharesMax).default([]),
});
export type SharesFile = z.infer<typeof SharesFile>;

const order = {
  /** Tells what the order would do, and changes nothing. */
  dryRun: z.boolean().optional(),
};

export const SharesApply = SharesFile.extend(order);
export type SharesApply = z.input<typeof SharesApply>;

export const ShareRemove = z.strictObject({ path: SharePath, ...order });
export type ShareRemove = z.infer<typeof ShareRemove>;

/** What one order changes: settings by name, as they were and as they are then. */
export const ShareChanged = z.object({
  path: z.string(),
  what: z.enum(['made', 'changed', 'removed']),
  changes: z.array(z.object({ setting: z.string(), before: z.unknown(), after: z.unknown() })),
});
export type ShareChanged = z.infer<typeof ShareChanged>;

export const SharesChanged = z.object({ dryRun: z.boolean(), changed: z.array(ShareChanged) });
export type SharesChanged = z.infer<typeof SharesChanged>;

/** Use outside Sluice, of one site. */
export const UseReport = z.strictObject({
  site: z.string().min(1).max(200),
  /** Its name: a report that was counted is not counted again. Left out: it is counted every time. */
  report: z.string().min(1).max(200).optional(),
  use: z
    .array(z.strictObject({ share: SharePath, coreHours: CoreHours }))
    .min(1)
    .max(sharesMax),
  ...order,
});
export type UseReport = z.infer<typeof UseReport>;

export const UseReported = z.object({
  dryRun: z.boolean(),
  /** False: a report of this name was counted before. */
  counted: z.boolean(),
  coreHours: z.number(),
});
export type UseReported = z.infer<typeof UseReported>;

export const AllocationView = z.object({
  coreHours: z.number(),
  /** With what runs now. */
  usedCoreHours: z.number(),
  leftCoreHours: z.number(),
  periodDays: z.number().nullable(),
  since: z.string(),
  strict: z.boolean(),
});
export type AllocationView = z.infer<typeof AllocationView>;

/** A share and all that is below it. */
export const ShareView = z.object({
  path: z.string(),
  weight: z.number(),
  spaces: z.array(z.string()),
  /** Part of everything that it is promised, among those that have work or use now; 0: it has neither. */
  target: z.number(),
  /** Part of all use that was its own, 0 to 1. */
  part: z.number(),
  /** `part / target`: below 1 it got less than it was promised and goes before its siblings. Null without a target. */
  factor: z.number().nullable(),
  /** Use after the decay, in core hours, with what is in flight. */
  useCoreHours: z.number(),
  /** Of that: reported as used outside Sluice. */
  outsideCoreHours: z.number(),
  runningCores: z.number(),
  readyJobs: z.int(),
  allocation: AllocationView.nullable(),
  /** Path of the share whose allocation is used up, so that this one gets nothing or what is left; null: none. */
  spent: z.string().nullable(),
});
export type ShareView = z.infer<typeof ShareView>;

/** By path, children right below their parent. */
export const ShareList = z.object({
  halfLifeHours: z.number(),
  shares: z.array(ShareView),
  /** Cursor of the next page; null: this is the last. */
  next: z.string().nullable(),
});
export type ShareList = z.infer<typeof ShareList>;

export const ShareQuery = WholePageQuery.extend({ under: SharePath.optional() });
