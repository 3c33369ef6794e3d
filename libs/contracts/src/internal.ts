import { z } from 'zod';
import { LeaseRequest } from './lease.js';
import { RetryRequest } from './workflow-api.js';
import { BatchVerdicts } from './session.js';

/** Lease requests that reached one gateway together. */
export const LeaseAskMessage = z.object({
  gateway: z.string(),
  asks: z.array(LeaseRequest.omit({ waitSec: true }).extend({ session: z.string() })),
});
export type LeaseAskMessage = z.infer<typeof LeaseAskMessage>;

/**
 * Open polls that ended at a gateway: the client has gone, its wait is over, or the session asks anew. To every broker,
 * since any of them may have taken the ask: what it grants to a request that nobody waits for is found only by heartbeats.
 */
export const LeaseGoneMessage = z.object({
  gateway: z.string(),
  gone: z.array(z.object({ session: z.string(), requestId: z.string() })),
});
export type LeaseGoneMessage = z.infer<typeof LeaseGoneMessage>;

/**
 * Answers to lease requests. `body` is the LeaseAnswer (status 200) or a Problem as JSON text: the gateway hands it on
 * unread. A body too long for one message comes in `parts` pieces, numbered from 1, in order.
 */
export const LeaseAnswerMessage = z.object({
  answers: z.array(
    z.object({
      session: z.string(),
      requestId: z.string(),
      status: z.int().optional(),
      body: z.string(),
      part: z.int().optional(),
      parts: z.int().optional(),
    }),
  ),
});
export type LeaseAnswerMessage = z.infer<typeof LeaseAnswerMessage>;

export const VerdictMessage = z.object({ verdicts: z.array(BatchVerdicts) });
export type VerdictMessage = z.infer<typeof VerdictMessage>;

/** The classes that got ready jobs, so that a broker looks only there. May be lost: a sweep finds what it named. */
export const HintReady = z.object({
  classes: z.array(z.int()),
  /** If given, all that became ready: the brokers need not look. */
  rows: z
    .array(
      z.object({
        id: z.string(),
        classId: z.int(),
        priority: z.int(),
        workflowNo: z.string(),
        task: z.int(),
        jobs: z.int(),
      }),
    )
    .optional(),
  /** Limits under which attempts ended: there is room again. */
  limits: z.array(z.int()).optional(),
});
export type HintReady = z.infer<typeof HintReady>;

export const HintCommand = z.object({ partition: z.int() });
export type HintCommand = z.infer<typeof HintCommand>;

/** Attempts that were cancelled while leased. May be lost: the heartbeat's count will tell. */
export const HintKill = z.object({
  kills: z.array(z.object({ session: z.string(), job: z.string(), attempt: z.int() })),
});
export type HintKill = z.infer<typeof HintKill>;

/** Sites that were changed, and sessions that were told to end. May be lost: brokers look at sites again and again. */
export const HintSite = z.object({ sites: z.array(z.string()), sessions: z.array(z.string()) });
export type HintSite = z.infer<typeof HintSite>;

/** What the row of a retry says to the owner of the partition: names of jobs have become ordinals, as many as there are. */
export const RetryOrder = RetryRequest.omit({ jobs: true, query: true, dryRun: true }).extend({
  ordinals: z.array(z.int()).optional(),
});
export type RetryOrder = z.infer<typeof RetryOrder>;
