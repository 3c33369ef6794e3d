import { z } from 'zod';
import { Counts, FailedBy, FailReason, JobState, WorkflowState } from './job.js';
import { DocumentRefusal } from './document.js';
import { filterValuesMax, JobFilter } from './job-filter.js';
import { OrderedBy } from './one-line.js';
import { queryCharsMax } from './query-text.js';

/** Memory of a label's jobs in MiB, as finished attempts were seen to use it. */
export const TaskMemory = z.object({
  /** What its template asks for; of several templates the largest. */
  askedMib: z.int(),
  /** What jobs that become ready now are allowed: not the same where memory is learned. */
  nextMib: z.int(),
  /** Finished attempts whose peak is known. */
  attempts: z.int(),
  /** What 95 % of them stayed below, at most 6.25 % too high; null: too few are known. */
  peakMib: z.int().nullable(),
  /** What would do for 95 % of them, with a fifth to spare; null: too few are known. */
  neededMib: z.int().nullable(),
});
export type TaskMemory = z.infer<typeof TaskMemory>;

/** One label's part of a workflow. */
export const TaskView = z.object({
  label: z.string(),
  state: WorkflowState,
  counts: Counts,
  failedBy: FailedBy,
  /** Ready jobs that a pause holds; left out when there are none. */
  pausedReady: z.int().optional(),
  /** Left out while no attempt was measured. */
  memory: TaskMemory.optional(),
});
export type TaskView = z.infer<typeof TaskView>;

/** submittedAt: database time of the seal. endedAt: database time of the last settle. RFC 3339, UTC. */
export const WorkflowSummary = z.object({
  id: z.string(),
  name: z.string(),
  state: WorkflowState,
  counts: Counts,
  failedBy: FailedBy,
  submittedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
export type WorkflowSummary = z.infer<typeof WorkflowSummary>;

/** Why a workflow is cancelled where nobody ordered it: it is over `timeoutSec` of its policy. */
export const CancelCause = z.enum(['timeout']);
export type CancelCause = z.infer<typeof CancelCause>;

/** What `run`, `show` and `report` print with `-o json`. Fields are only ever added. */
export const WorkflowView = z.object({
  workflow: WorkflowSummary.extend({
    runNo: z.int(),
    space: z.string(),
    owner: z.string(),
    cancelRequested: z.boolean(),
    /** Left out: somebody ordered its cancel, or nobody did. */
    cancelCause: CancelCause.optional(),
    /** Of one whose policy has a `timeoutSec`: so much, and when this run of it is over its time. */
    timeout: z.object({ sec: z.number(), at: z.string().nullable() }).optional(),
    /** Of a paused one: database time of the pause. */
    pausedAt: z.string().nullable(),
    /** Of an archived one: since when, and the folder of its files on the servers (null: none were written). Its jobs are gone. */
    archived: z.object({ at: z.string(), place: z.string().nullable() }).optional(),
  }),
  tasks: z.array(TaskView),
  /** Ended jobs a second over the last 10 s, as the monitor saw them; null while it knows nothing. */
  rate: z.number().nullable(),
  /** Seconds left at that rate, null when unknown. */
  etaSec: z.number().nullable(),
  /** Why ready jobs can't run on any worker that is there: empty when each has one, and while the workflow is paused. */
  gaps: z.array(z.object({ label: z.string(), jobs: z.int(), gap: z.string() })),
  /** Messages about it that were set aside and not put back; left out: none. `oldestAt`: when the first of them was. */
  deadLetters: z.object({ total: z.int(), oldestAt: z.string() }).optional(),
});
export type WorkflowView = z.infer<typeof WorkflowView>;

export const WorkflowPage = z.object({ workflows: z.array(WorkflowSummary), next: z.string().nullable() });
export type WorkflowPage = z.infer<typeof WorkflowPage>;

/** One job, as `jobs -o ndjson` prints it. startedAt and endedAt are the worker's clock, RFC 3339 UTC. */
export const JobView = z.object({
  ordinal: z.int(),
  name: z.string(),
  label: z.string(),
  state: JobState,
  reason: FailReason.nullable(),
  attempt: z.int(),
  exitCode: z.int().nullable(),
  site: z.string().nullable(),
  worker: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Tail of stderr or the worker's message of the last attempt. */
  message: z.string().nullable(),
  /** endedAt - startedAt. */
  runtimeSec: z.number().nullable(),
  cpuSec: z.number().nullable(),
  /** The peak. */
  memoryBytes: z.int().nullable(),
});
export type JobView = z.infer<typeof JobView>;

/**
 * What a run measured of one job: `observed` of a document that is exported with it. What is not known is left out.
 * Times are the worker's clock, RFC 3339 UTC. All but state and attempts are of the last attempt.
 */
export const RunObserved = z.object({
  state: JobState,
  reason: FailReason.optional(),
  /** How many there were; 0: none yet. */
  attempts: z.int().min(0),
  exitCode: z.int().optional(),
  runtimeSec: z.number().min(0).optional(),
  cpuSec: z.number().min(0).optional(),
  /** The peak. */
  memoryBytes: z.int().min(0).optional(),
  site: z.string().optional(),
  worker: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});
export type RunObserved = z.infer<typeof RunObserved>;

export const JobPage = z.object({ jobs: z.array(JobView), next: z.string().nullable() });
export type JobPage = z.infer<typeof JobPage>;

/** Why something does not run, or how it ended: a closed list, to which more may be added. */
export const WaitCause = z.enum([
  'waits-for-parents',
  'no-worker',
  'no-worker-offers-transform',
  'no-worker-fits',
  'site-closed',
  'limit',
  'held',
  'ready',
  'leased',
  'finished',
  'failed',
  'paused',
  'share',
  'allocation',
  'workers-busy',
]);
export type WaitCause = z.infer<typeof WaitCause>;

/** A part of a wait with one cause. `subject`: which limit, share or site; `text`: as it was when it began. */
export const WaitPart = z.object({ cause: z.string(), subject: z.string(), text: z.string(), sec: z.int() });
export type WaitPart = z.infer<typeof WaitPart>;

/** What an attempt waited for from when it was ready until it was granted (or until now), the longest first. */
export const WaitSpan = z.object({
  attempt: z.int(),
  from: z.string(),
  until: z.string(),
  sec: z.int(),
  /** What brokers had on record: their sum may be less. */
  parts: z.array(WaitPart),
});
export type WaitSpan = z.infer<typeof WaitSpan>;

/** How long a job waited for parents from when its workflow was submitted, and which was settled last. */
export const ParentsWait = z.object({ sec: z.int(), last: z.string() });
export type ParentsWait = z.infer<typeof ParentsWait>;

/** Why a job is not running, or how it ended. `lines` are for people; the rest is for programs. */
export const WhyView = z.object({
  job: z.string(),
  state: JobState,
  cause: WaitCause,
  lines: z.array(z.string()),
  /** Which limit, share or site it is about; may be empty. */
  subject: z.string(),
  /** The command that helps; null: there is nothing to do, or nobody knows. */
  remedy: z.string().nullable(),
  /** What the lines say, in numbers; what is in it depends on the cause. */
  details: z.record(z.string(), z.unknown()),
  /** Of each attempt, in their order, as far as it is on record. */
  waited: z.array(WaitSpan),
  /** Before its first attempt was ready; null: it has no parents, or waits for them. */
  waitedForParents: ParentsWait.nullable(),
});
export type WhyView = z.infer<typeof WhyView>;

/** What holds jobs of one label up, those for one cause together. */
export const WorkflowWait = z.object({
  label: z.string(),
  state: JobState,
  jobs: z.int(),
  cause: WaitCause,
  subject: z.string(),
  text: z.string(),
  remedy: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type WorkflowWait = z.infer<typeof WorkflowWait>;

/** Why a workflow is not further: what most jobs wait for comes first. */
export const WorkflowWhy = z.object({
  id: z.string(),
  name: z.string(),
  state: WorkflowState,
  waits: z.array(WorkflowWait),
});
export type WorkflowWhy = z.infer<typeof WorkflowWhy>;

/** Opens an upload. The body of the request is the document's header. */
export const UploadOpened = z.object({ id: z.string() });
export type UploadOpened = z.infer<typeof UploadOpened>;

export const ChunkStored = z.object({ chunk: z.int(), jobs: z.int(), edges: z.int() });
export type ChunkStored = z.infer<typeof ChunkStored>;

/**
 * Closes an upload. `hash` is the SHA-256 (hex) over the concatenated 32-byte SHA-256 digests of the chunks' inflated
 * bytes in order, so that neither side ever holds the whole.
 */
export const SealRequest = z.object({
  chunkCount: z.int().min(0),
  jobCount: z.int().min(0),
  edgeCount: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SealRequest = z.infer<typeof SealRequest>;

/** How far an upload is. Poll it after the seal request until state is `sealed` or `refused`. */
export const UploadView = z.object({
  id: z.string(),
  state: z.enum(['uploading', 'sealing', 'sealed', 'refused']),
  /** Chunk numbers that are stored; only while uploading. */
  chunks: z.array(z.int()),
  /** SHA-256 (hex) of the inflated bytes of each of `chunks`: who goes on with an upload sees what it has stored. */
  digests: z.array(z.string()),
  refusal: DocumentRefusal.nullable(),
});
export type UploadView = z.infer<typeof UploadView>;

/** Body of an order that has nothing else to say; may be left out. */
export const OrderRequest = z.object({
  /** Tells what the order would do, and changes nothing. */
  dryRun: z.boolean().optional(),
});
export type OrderRequest = z.infer<typeof OrderRequest>;

/** Jobs as people name them: ordinals, names or `label/name`. */
const named = z.array(z.string().max(4_000)).max(filterValuesMax);
/** The same in the query language, beside the other conditions: `label:isr -site:USDF exit:1,137`. */
const query = z.string().max(queryCharsMax);

/** Body of `cancel`. With a condition only open jobs that meet every one are ended, and the workflow goes on. */
export const CancelRequest = JobFilter.extend(OrderRequest.shape).extend({
  jobs: named.optional(),
  query: query.optional(),
});
export type CancelRequest = z.infer<typeof CancelRequest>;

/**
 * Body of `pause`. Without a condition the workflow is paused, with `labels` alone these labels: also what becomes ready of
 * them later. With any other condition the open jobs that meet every one now, and no others later. These three kinds of pause
 * stand beside each other: a job waits while one holds it.
 */
export const PauseRequest = CancelRequest.extend({
  labels: z.array(z.string().max(4_000)).min(1).max(filterValuesMax).optional(),
  /** Who orders it, as the caller says: `why` tells it. */
  by: OrderedBy.optional(),
});
export type PauseRequest = z.infer<typeof PauseRequest>;

/** Body of `resume`: takes back the pause of the workflow, of labels, or of those paused jobs that meet every condition now. */
export const ResumeRequest = PauseRequest.extend({
  /** Every pause of the workflow, of whatever kind; no condition beside it. */
  all: z.boolean().optional(),
});
export type ResumeRequest = z.infer<typeof ResumeRequest>;

/** What an order did to a workflow, or with `dryRun` would do. */
const Ordered = z.object({
  workflow: z.string(),
  /** The state after it. */
  state: WorkflowState,
  dryRun: z.boolean(),
  /** False: it was so before, nothing was done. */
  changed: z.boolean(),
  counts: Counts,
  /** The same by label. `paused`: by itself, whatever the workflow is. */
  tasks: z.array(z.object({ label: z.string(), counts: Counts, paused: z.boolean() })),
});

/** Answer to `pause` and `resume`. Counts are those right after it: ready and waiting jobs are what it holds or gives back. */
export const PauseAnswer = Ordered.extend({
  /** Database time of the pause; null when it is not paused. */
  pausedAt: z.string().nullable(),
  /** What the order was about; null: the whole workflow, or jobs. */
  labels: z.array(z.string()).nullable(),
  /** Of an order about jobs: those that it paused or resumed, by label; leased ones go on. Null: about something else. */
  chosen: z.array(z.object({ label: z.string(), counts: Counts })).nullable(),
  /** The conditions mean more jobs than one order takes: give it again. */
  more: z.boolean(),
  /** Open jobs that are paused by themselves after it, whatever their labels and their workflow are. */
  pausedJobs: z.int(),
});
export type PauseAnswer = z.infer<typeof PauseAnswer>;

/** Counts are those right before it. Leased jobs are told to stop with their workers' next heartbeat. */
export const CancelAnswer = Ordered.extend({
  /** Open jobs that it ends; a final job that runs always is not among them. */
  ends: z.int(),
  /** Jobs that are pruned with those of a filter; in the cancel of a workflow they are among those that it ends. */
  prunes: z.int(),
  /** The filter means more open jobs than one order ends: give it again. */
  more: z.boolean(),
});
export type CancelAnswer = z.infer<typeof CancelAnswer>;

/** So many MiB, or so many times what a job is allowed now. A person's word stands above `memoryMaxMib`. */
export const MemoryOrder = z.union([
  z.strictObject({ mib: z.int().min(1).max(1_000_000_000) }),
  z.strictObject({ times: z.number().min(0.01).max(1_000) }),
]);
export type MemoryOrder = z.infer<typeof MemoryOrder>;

/** Which failed jobs run again: without a condition all of them. */
export const RetryRequest = JobFilter.omit({ states: true }).extend({
  jobs: named.optional(),
  query: query.optional(),
  /** What they are allowed from here on; left out: as much as before. Jobs that only run again with them keep theirs. */
  memory: MemoryOrder.optional(),
  /** Tells what the retry would touch, and changes nothing. */
  dryRun: z.boolean().optional(),
});
export type RetryRequest = z.infer<typeof RetryRequest>;

/** Jobs that a retry touches: each is counted once. */
const RetryCounts = z.object({
  /** Chosen failed jobs that run again. */
  retried: z.int(),
  /** Jobs that were pruned only because of those. */
  unpruned: z.int(),
  /** Finished jobs that run again after them: `on: ended` children and the final job. */
  finishedAgain: z.int(),
  /** Failed jobs that were not chosen and run again after them. */
  failedAgain: z.int(),
});

/** `runNo`: the run that it opens. */
export const RetryAnswer = RetryCounts.extend({
  workflow: z.string(),
  runNo: z.int(),
  dryRun: z.boolean(),
  tasks: z.array(RetryCounts.extend({ label: z.string() })),
  /** With `memory`: how many jobs of a label got how much instead of what. */
  resized: z.array(z.object({ label: z.string(), jobs: z.int(), fromMib: z.int(), toMib: z.int() })).optional(),
});
export type RetryAnswer = z.infer<typeof RetryAnswer>;
