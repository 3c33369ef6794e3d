import { z } from 'zod';
import { Fingerprint } from './error-groups.js';
import { FailReason, JobState } from './job.js';

/** Most values of one condition. */
export const filterValuesMax = 1_000;

const text = z.string().max(4_000);

/** Conditions that can be turned around. */
export const FilterCondition = z.enum([
  'labels',
  'states',
  'reasons',
  'exitCodes',
  'sites',
  'fingerprints',
  'ordinals',
]);
export type FilterCondition = z.infer<typeof FilterCondition>;

/**
 * Which jobs of a workflow are meant: by `jobs`, `errors`, `retry`. Every condition that is given must hold; it holds when
 * one of its values does, so that an empty list means no job at all. Reason, exit code, site and fingerprint are those of
 * the last attempt.
 */
export const JobFilter = z.object({
  labels: z.array(text).max(filterValuesMax).optional(),
  states: z.array(JobState).max(filterValuesMax).optional(),
  reasons: z.array(FailReason).max(filterValuesMax).optional(),
  exitCodes: z.array(z.int().min(-32_768).max(32_767)).max(filterValuesMax).optional(),
  sites: z.array(text).max(filterValuesMax).optional(),
  /** Of error groups. */
  fingerprints: z.array(Fingerprint).max(filterValuesMax).optional(),
  ordinals: z.array(z.int().min(0).max(2_147_483_647)).max(10_000).optional(),
  /** Conditions that are turned around: none of their values may hold. One that is not given is none. */
  except: z.array(FilterCondition).max(FilterCondition.options.length).optional(),
});
export type JobFilter = z.infer<typeof JobFilter>;
