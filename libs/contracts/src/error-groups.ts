import { z } from 'zod';
import { FailReason } from './job.js';

/** Most error groups of one answer; what is beyond is counted. */
export const errorGroupsMax = 1_000;
/** Most sites told of one group; the jobs of the others are its rest. */
export const groupSitesMax = 10;

/** 16 hex digits: what failures that are alike have in common. */
export const Fingerprint = z.string().regex(/^[0-9a-f]{16}$/);

/** Jobs of one label that failed alike: same reason, same exit code or signal, same normalised message. */
export const ErrorGroup = z.object({
  /** `e1` is the group with most failed jobs of its workflow at this moment; it may be another one after a retry. */
  name: z.string(),
  /** Stays the same for as long as failures are alike: in every run and workflow. */
  fingerprint: Fingerprint,
  /** Jobs of the group that the filter lets through. */
  jobs: z.int(),
  label: z.string(),
  reason: FailReason,
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** Where they failed, most first. */
  sites: z.array(z.object({ site: z.string(), jobs: z.int() })),
  /** What they said, with `<path>`, `<n>` and the like in place of what differs; '' when nothing was said. */
  message: z.string(),
  /** The first of them in document order, and the end of what it said. */
  sample: z.object({ ordinal: z.int(), name: z.string(), message: z.string().nullable() }),
  /** Database times of the first and the last of these ends. */
  firstAt: z.string(),
  lastAt: z.string(),
});
export type ErrorGroup = z.infer<typeof ErrorGroup>;

/** Why jobs failed. failed = the jobs of all groups + pruned + cancelled, as of one moment. */
export const ErrorGroups = z.object({
  /** Most jobs first. While jobs fail a group may come on two pages, or move to one that was read: its fingerprint tells. */
  groups: z.array(ErrorGroup),
  /** Cursor of the next page; null: this is the last. Left out where all there were at an archiving are kept. */
  next: z.string().nullable().optional(),
  /** Groups in all, and their jobs. */
  groupsTotal: z.int(),
  groupedJobs: z.int(),
  /** Failed jobs of the labels asked for; the two counts below too, whatever else is asked for. */
  pruned: z.int(),
  cancelled: z.int(),
});
export type ErrorGroups = z.infer<typeof ErrorGroups>;
