import { z } from 'zod';
import { Resources, CommandSpec, FileEntry, FileUse } from './document.js';
import { SiteRule } from './site.js';

/** Most jobs in one lease. */
export const leaseJobsMax = 1_000;

/**
 * A worker asks for work: a long poll. The same requestId gets the same jobs, for as long as the session lives; it is kept
 * until it has brought some, since a grant may have been on its way when a poll ended empty.
 */
export const LeaseRequest = z.object({
  requestId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** The same request was sent before, and no answer with jobs has come. */
  again: z.boolean().default(false),
  /** What is left once all that it holds has begun; jobs that end within seconds do not count. It bounds what is granted. */
  free: z.object({
    cores: z.number().min(0),
    memoryMib: z.number().min(0),
    /** Not given: all that its session offers, so too of disk. */
    gpus: z.number().min(0).optional(),
    diskMib: z.number().min(0).optional(),
    /** Seconds left until the worker stops what runs; null: no end. */
    walltimeLeftSec: z.number().nullable(),
  }),
  max: z.int().min(1).max(leaseJobsMax),
  /** The worker knows that its site is not open: it wants no jobs, only to hear when that changes. */
  idle: z.boolean().optional(),
  /** Longest wait before an empty answer; the gateway caps it. */
  waitSec: z.number().min(0).max(60).default(20),
});
export type LeaseRequest = z.infer<typeof LeaseRequest>;

/** What the jobs of one task share: sent once per lease, not once per job. */
export const LeaseTask = z.object({
  /** Internal number of the workflow, the first half of a JobId. */
  workflowNo: z.string(),
  workflow: z.string(),
  workflowName: z.string(),
  label: z.string(),
  /** Where the workflow lives. */
  space: z.string().optional(),
  /** What its jobs write lies below this; left out: the space says nothing. */
  outputPrefix: z.string().optional(),
  transform: z.string(),
  params: z.unknown(),
  command: CommandSpec.nullable(),
  env: z.record(z.string(), z.string()),
  /** With the memory that these jobs are allowed; jobs of one task that are allowed other amounts come as another entry. */
  resources: Resources,
  /** What the template asks for, where these jobs are allowed another amount: their ends say which. */
  askedMemoryMib: z.int().optional(),
  /** Where TerminalBatches about its jobs go; one batch never spans two partitions. */
  partition: z.int(),
  /** Milliseconds a job of this task usually takes, or null while nothing is known. */
  usualMs: z.number().nullable(),
});
export type LeaseTask = z.infer<typeof LeaseTask>;

/** One granted job. Fields that are empty are left out. */
export const LeaseJob = z.object({
  /** Index into `tasks`. */
  task: z.int(),
  ordinal: z.int(),
  attempt: z.int().min(1),
  name: z.string(),
  vars: z.record(z.string(), z.string()).optional(),
  /** Overrides of the task's params for this job. */
  params: z.unknown().optional(),
  inputs: z.array(FileUse).optional(),
  outputs: z.array(FileUse).optional(),
  /** Of the files that `inputs` and `outputs` name: the entries of the header that say where one lies. */
  files: z.record(z.string(), FileEntry).optional(),
});
export type LeaseJob = z.infer<typeof LeaseJob>;

/** An empty answer (nothing became ready in time) has lease null. */
export const LeaseAnswer = z.object({
  requestId: z.string(),
  lease: z.object({ id: z.string(), token: z.string() }).nullable(),
  tasks: z.array(LeaseTask),
  jobs: z.array(LeaseJob),
  /** Stop exactly these attempts and report nothing more of them. */
  kill: z.array(z.object({ job: z.string(), attempt: z.int() })).optional(),
  /** The worker must drain: finish what runs, ask for nothing more. */
  drain: z.boolean().optional(),
  /** With `drain`: end at once, running jobs too. */
  stop: z.boolean().optional(),
  /** What holds at the worker's site, when that is why the poll ends. */
  site: SiteRule.optional(),
});
export type LeaseAnswer = z.infer<typeof LeaseAnswer>;
