import { z } from 'zod';
import { SiteRule } from './site.js';

/** What a worker is and offers. Sent once, when it starts. */
export const RegisterRequest = z.object({
  /** The same again has the same session, so that no session is lost with an answer. Missing: a new one every time. */
  requestId: z.uuid().optional(),
  site: z.string().min(1).max(200),
  /** A name that people can find it by, such as host and process id. */
  worker: z.string().min(1).max(200),
  cores: z.int().min(1).max(1_000_000),
  memoryMib: z.int().min(1).max(1_000_000_000),
  gpus: z.int().min(0).max(10_000).default(0),
  /** Scratch space for its jobs; null: unknown, taken as enough. */
  diskMib: z.int().min(0).max(2_000_000_000).nullable().default(null),
  /** What its machine can do, such as `bwrap`, `apptainer`, `cgroup2`. */
  features: z.array(z.string().min(1).max(64)).max(100).default([]),
  /** Seconds that jobs of this worker have until it stops them; null for no end. */
  walltimeSec: z.int().min(1).nullable(),
  tags: z.record(z.string(), z.string()),
  /** Names of the transforms it runs, each `name@version`. */
  transforms: z.array(z.string().min(1).max(200)).max(1_000),
  /** Where it keeps the folders of its attempts, on its own machine: told to whoever looks for their logs. */
  workDir: z.string().max(4_000).optional(),
});
export type RegisterRequest = z.infer<typeof RegisterRequest>;

export const RegisterAnswer = z.object({
  session: z.string(),
  /** Sent as `Authorization: Bearer` on every later call. It ends after an hour; beats bring the next in time. */
  token: z.string(),
  heartbeatSec: z.number(),
  /** Silent for so long, the session gets no new leases. */
  suspectSec: z.number(),
  /** Silent for so long, its attempts are given up. */
  orphanSec: z.number(),
  /** Cut off for so long, it ends what runs; null: it goes on. */
  cutOffStopSec: z.number().nullable().default(null),
  /** What holds at its site; missing: it is open. */
  site: SiteRule.optional(),
});
export type RegisterAnswer = z.infer<typeof RegisterAnswer>;

/**
 * One worker's sign of life. Normally a count and a hash of what it holds; `held` only when the last answer asked.
 * `hash` is the sum modulo 2^32 of the FNV-1a hash of each held `job:attempt`, so order does not matter.
 */
export const HeartbeatRequest = z.object({
  /** Milliseconds since the worker started, on a clock that only goes forward: tells late beats from new ones. */
  upMs: z.number().min(0),
  heldCount: z.int().min(0),
  heldHash: z.int().min(0),
  /** Newest lease received, or null. */
  leaseSeen: z
    .string()
    .regex(/^\d{1,19}$/)
    .nullable(),
  held: z.array(z.object({ job: z.string(), attempt: z.int() })).optional(),
  /** Batches in the journal that are not settled yet: the answer carries their verdicts when known. */
  batches: z.array(z.uuid()).max(1_000),
  draining: z.boolean(),
});
export type HeartbeatRequest = z.infer<typeof HeartbeatRequest>;

/** What the engine made of one event. `applied`: it counted. `duplicate`: it had counted before. `stale`: the attempt was not yours, or is not any more. */
export const Verdict = z.enum(['applied', 'duplicate', 'stale']);
export type Verdict = z.infer<typeof Verdict>;

/** The verdicts of one TerminalBatch: all `applied` but for the events named here by their index. */
export const BatchVerdicts = z.object({
  batchId: z.string(),
  events: z.int(),
  duplicate: z.array(z.int()),
  stale: z.array(z.int()),
});
export type BatchVerdicts = z.infer<typeof BatchVerdicts>;

/** Terms that a worker keeps to itself, in seconds. */
export const WorkerTerms = z.object({
  heartbeatSec: z.number(),
  /** Cut off for so long, it ends what runs; null: it goes on. */
  cutOffStopSec: z.number().nullable(),
});
export type WorkerTerms = z.infer<typeof WorkerTerms>;

export const HeartbeatAnswer = z.object({
  /** Stop exactly these attempts and report nothing more of them. */
  kill: z.array(z.object({ job: z.string(), attempt: z.int() })),
  verdicts: z.array(BatchVerdicts),
  /** End: give back what has not started, let running jobs go on for the grace time. */
  drain: z.boolean(),
  /** End at once: running jobs are ended too. */
  stop: z.boolean().optional(),
  /** What holds at its site now; missing: it is open. */
  site: SiteRule.optional(),
  /** What its site says now; missing: as before. */
  terms: WorkerTerms.optional(),
  /** Send `held` with the next beat. */
  listHeld: z.boolean(),
  /** Sent from now on in place of the token before; missing: that one goes on. */
  token: z.string().optional(),
});
export type HeartbeatAnswer = z.infer<typeof HeartbeatAnswer>;
